"""A service that greets. `python examples/fastapi-service` starts it here, as it is started there; what it counts stays in `LAB_DATA`."""

import os
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

COUNT = Path(os.environ.get("LAB_DATA", ".")) / "count"

app = FastAPI(title="Greeter")


class Greeting(BaseModel):
    name: str


@app.get("/health")
def health():
    return {"ok": True}


@app.post("/greet")
def greet(greeting: Greeting):
    count = int(COUNT.read_text()) + 1 if COUNT.exists() else 1
    COUNT.write_text(str(count))
    return {"text": f"{os.environ.get('GREETING', 'Hello')} {greeting.name}", "count": count}


if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=int(os.environ.get("PORT", "8091")))
