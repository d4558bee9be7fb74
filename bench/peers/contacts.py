"""All contacts by the loop that everybody writes with requests, as NDJSON: one page after the other on one connection, and
after a 429 a second's pause. usage: contacts.py URL TOKEN-FILE PROPERTIES OUTPUT"""
import json
import sys
import time

import requests

url, token_file, properties, output = sys.argv[1:]
with open(token_file, encoding="ascii") as f:
    token = f.read().strip()
session = requests.Session()
session.headers["Authorization"] = f"Bearer {token}"
query = {"limit": 100, "properties": properties}
with open(output, "w", encoding="utf-8") as out:
    while True:
        response = session.get(f"{url}/crm/objects/2026-03/contacts", params=query)
        if response.status_code == 429:
            time.sleep(1)
            continue
        response.raise_for_status()
        page = response.json()
        for contact in page["results"]:
            out.write(json.dumps(contact, ensure_ascii=False) + "\n")
        if "paging" not in page:
            break
        query["after"] = page["paging"]["next"]["after"]
