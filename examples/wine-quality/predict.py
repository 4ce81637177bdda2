"""Asks the deployed model about wines and prints how many of its answers are right.

Needs nothing but Python, and two variables: LAB_SERVICE_URL, as the page of the service shows it, and LAB_API_TOKEN.
"""

import csv
import json
import os
import sys
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 178
    wines = read_wines()[:count]
    truth = [int(wine.pop("cultivar")) for wine in wines]
    answers = predict([{name: float(value) for name, value in wine.items()} for wine in wines])
    right = sum(answer == wanted for answer, wanted in zip(answers, truth))
    print(f"{right} of {len(wines)} are right")


def read_wines():
    with open(os.path.join(HERE, "wine.csv"), newline="") as file:
        return list(csv.DictReader(file))


def predict(wines):
    """MLflow's scoring protocol: rows in, one prediction a row out."""
    request = urllib.request.Request(
        os.environ["LAB_SERVICE_URL"].rstrip("/") + "/invocations",
        json.dumps({"dataframe_records": wines}).encode(),
        {"Authorization": f"Bearer {os.environ['LAB_API_TOKEN']}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["predictions"]


if __name__ == "__main__":
    main()
