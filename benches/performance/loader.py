"""Loads spaces with LangChain's loader: `loader.py SITE SPACE…`."""

import json
import sys

from langchain_community.document_loaders import ConfluenceLoader

site = json.loads(sys.argv[1])
loaded = 0
for space in sys.argv[2:]:
    loader = ConfluenceLoader(
        url=f"{site['auth_url']}/wiki",
        username=site["email"],
        api_key=site["token"],
        cloud=True,
        space_key=space,
        # Or else it asks for the restrictions of every page.
        include_restricted_content=True,
        limit=100,
        max_pages=10**9,
    )
    loaded += len(loader.load())
print(loaded)
