"""The logical structure of the PDF: what is a heading, a paragraph, a table cell, a picture.

ReportLab writes no tagged PDF of its own. This module adds the structure tree of ISO 32000-1,
section 14.7 and 14.8: elements that point at marked content on the pages, the parent tree that
points back, and the flags that tell a reader of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reportlab.pdfbase import pdfdoc


@dataclass(slots=True)
class Element:
    """A structure element: its type such as ``P`` or ``H1``, children, and where it stands."""

    role: str
    alt: str = ""
    kids: list[Element | tuple[int, int]] = field(default_factory=list)
    attributes: dict[str, str | int] = field(default_factory=dict)

    def add(self, role: str, alt: str = "", **attributes: str | int) -> Element:
        """Append and return a child element."""
        child = Element(role, alt, attributes=attributes)
        self.kids.append(child)
        return child

    @property
    def empty(self) -> bool:
        """Whether neither the element nor one below it stands on a page."""
        return all(isinstance(kid, Element) and kid.empty for kid in self.kids)


class StructureTree:
    """Collects the elements while pages are drawn and writes them into the document."""

    def __init__(self) -> None:
        self.root = Element("Document")
        self._owners: dict[int, list[Element]] = {}

    def mark(self, element: Element, page: int) -> int:
        """Note that `element` stands on `page` (from 0); return the id of the marked content."""
        owners = self._owners.setdefault(page, [])
        owners.append(element)
        element.kids.append((page, len(owners) - 1))
        return len(owners) - 1

    def write(self, canvas: Any) -> None:
        """Attach the tree to the finished pages of a ReportLab canvas."""
        document = canvas._doc
        pages = document.Pages.pages
        catalog = document.Catalog
        top = pdfdoc.PDFDictionary({"Type": pdfdoc.PDFName("StructTreeRoot")})
        top_reference = document.Reference(top)
        references: dict[int, Any] = {}
        kid = self._element(document, pages, self.root, top_reference, references)
        numbers: list[Any] = []
        for number, page in enumerate(pages):
            owners = self._owners.get(number, [])
            page.__Defaults__ = {**page.__Defaults__, "StructParents": number, "Tabs": pdfdoc.PDFName("S")}
            row = pdfdoc.PDFArray([references[id(owner)] for owner in owners])
            numbers += [number, document.Reference(row)]
        top.dict["K"] = pdfdoc.PDFArray([kid])
        top.dict["ParentTree"] = document.Reference(pdfdoc.PDFDictionary({"Nums": pdfdoc.PDFArray(numbers)}))
        top.dict["ParentTreeNextKey"] = len(pages)
        catalog.StructTreeRoot = top_reference
        catalog.MarkInfo = pdfdoc.PDFDictionary({"Marked": "true"})

    def _element(
        self, document: Any, pages: Any, element: Element, parent: Any, references: dict[int, Any]
    ) -> Any:
        values: dict[str, Any] = {
            "Type": pdfdoc.PDFName("StructElem"),
            "S": pdfdoc.PDFName(element.role),
            "P": parent,
        }
        if element.alt:
            values["Alt"] = pdfdoc.PDFString(element.alt)
        if element.attributes:
            values["A"] = pdfdoc.PDFDictionary(
                {
                    key: pdfdoc.PDFName(value) if isinstance(value, str) else value
                    for key, value in element.attributes.items()
                }
            )
        dictionary = pdfdoc.PDFDictionary(values)
        reference = document.Reference(dictionary)
        references[id(element)] = reference
        kids: list[Any] = []
        for kid in element.kids:
            if isinstance(kid, Element):
                if not kid.empty:
                    kids.append(self._element(document, pages, kid, reference, references))
            else:
                page, number = kid
                kids.append(
                    pdfdoc.PDFDictionary(
                        {
                            "Type": pdfdoc.PDFName("MCR"),
                            "Pg": document.Reference(pages[page]),
                            "MCID": number,
                        }
                    )
                )
        dictionary.dict["K"] = pdfdoc.PDFArray(kids)
        return reference
