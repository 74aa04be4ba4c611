"""The command: tests/aws/standin --port 0"""

import argparse
import json
import os
import pickle
import sys

from . import seeds, spec_seed
from .server import Server, StandIn, serve


def main():
    parser = argparse.ArgumentParser(prog="standin", description="A stand-in for AWS on loopback, for tests and for trying `had`.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (loopback)")
    parser.add_argument("--port", type=int, default=0, help="port; 0 takes a free one (default)")
    parser.add_argument("--seed", metavar="FILE", help="JSON with the organization and what exists at the start")
    parser.add_argument("--spec", metavar="FOLDER", help="seed from a spec: its accounts, groups, secrets and lines")
    parser.add_argument("--had", default="had", metavar="FILE", help="the compiler that reads the spec")
    parser.add_argument("--gates", choices=("done", "open"), default="done", help="whether people have done what the spec asks them to (with --spec)")
    parser.add_argument("--config", metavar="JSON", default="{}", help="settings, such as '{\"lag\": 2, \"page\": 2}'")
    parser.add_argument("--speed", type=float, help="virtual seconds per second (600); 0: only the control end point moves the clock")
    parser.add_argument("--state", metavar="FILE", help="keep all objects in this file, from one run to the next")
    parser.add_argument("--log", metavar="FILE", help="write each call as a line of JSON")
    parser.add_argument("--url-file", metavar="FILE", help="write the URL there when it listens")
    given = parser.parse_args()
    if given.host not in ("127.0.0.1", "::1", "localhost"):
        parser.error("the stand-in listens on loopback only: its keys are no secret")
    config = json.loads(given.config)
    if given.speed is not None:
        config["speed"] = given.speed
    seed = None
    if given.seed:
        with open(given.seed, encoding="utf-8") as source:
            seed = json.load(source)
    elif given.spec:
        seed = spec_seed.read(given.had, given.spec, given.gates)
    stand_in = StandIn(config, seed)
    stand_in.state_file = given.state
    if given.state and os.path.exists(given.state):
        stand_in.load()
    if given.log:
        stand_in.log = open(given.log, "a", encoding="utf-8")
    server = Server(stand_in, given.host, given.port)
    management = seeds.organization_of(stand_in.world)["MasterAccountId"]
    print(f"AWS_ENDPOINT_URL={server.url}", flush=True)
    print(f"AWS_ACCESS_KEY_ID=AKIA{management}", flush=True)
    print(f"AWS_SECRET_ACCESS_KEY={seeds.SECRET}", flush=True)
    if given.url_file:
        with open(given.url_file + ".tmp", "w", encoding="utf-8") as out:
            out.write(server.url + "\n")
        os.replace(given.url_file + ".tmp", given.url_file)
    serve(server, stand_in.save)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, ValueError, pickle.UnpicklingError) as problem:
        print(f"standin: {problem}", file=sys.stderr)
        sys.exit(2)
