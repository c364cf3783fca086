"""German and English text: sentences, lemmas, compounds, embeddings and anchors."""
