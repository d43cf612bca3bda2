"""Fills an initialised Roundup tracker: `python -m bench.peers.inside.roundup_load HOME ROWS`, as `bench.rows` wrote.

Agents a0 to a15, a keyword for each department, by Roundup's own calls. The rows go straight into its tables, its text
index and its message files, in the shape in which its own `create` leaves them. Writes the keywords' ids as JSON.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from psycopg2.extras import execute_batch
from roundup import instance, password

AGENTS = 16
AT_ONCE = 2000
STATES = {"new": "unread", "working": "in-progress", "asked": "chatting", "waiting": "chatting", "closed": "resolved"}
ITEM = "(_activity,_actor,_creation,_creator"
JOURNAL = "(nodeid,date,tag,action,params) VALUES (%s,%s,%s,%s,%s)"
INTO = {
    "issue": f"_issue{ITEM},_priority,_status,_title,id) VALUES (%s,%s,%s,%s,%s,%s,%s,%s)",
    "msg": f"_msg{ITEM},_author,_date,_summary,id) VALUES (%s,%s,%s,%s,%s,%s,%s,%s)",
    "messages": "issue_messages(linkid,nodeid) VALUES (%s,%s)",
    "nosy": "issue_nosy(linkid,nodeid) VALUES (%s,%s)",
    "keyword": "issue_keyword(linkid,nodeid) VALUES (%s,%s)",
    "issue_journal": f"issue__journal{JOURNAL}",
    "msg_journal": f"msg__journal{JOURNAL}",
}


class Loader:
    """Writes rows into one open tracker."""

    def __init__(self, home: Path, db: Any) -> None:
        self.home, self.db = home, db
        self.lite = db.arg == "?"
        self.agent = int(db.user.lookup("a0"))
        self.priority = int(db.priority.lookup("bug"))
        self.status = {ours: int(db.status.lookup(theirs)) for ours, theirs in STATES.items()}
        self.keywords: dict[str, int] = {}
        self.last = 0

    def load(self, rows: Iterator[dict[str, Any]]) -> None:
        """Writes every row, by the thousand, then leaves the counters where `create` would."""
        while batch := list(islice(rows, AT_ONCE)):
            for row in batch:
                if row["department"] not in self.keywords:
                    self.keywords[row["department"]] = int(self.db.keyword.create(name=row["department"]))
            self._write(batch)
        for kind in ("issue", "msg"):
            self.db.setid(kind, max(self.last, 1))
        self.db.sql("ANALYZE")
        self.db.commit()

    def _write(self, batch: list[dict[str, Any]]) -> None:
        lines: dict[str, list[tuple[Any, ...]]] = {name: [] for name in INTO}
        texts = []
        for number, row in enumerate(batch, start=self.last + 1):
            when, by = self._moment(row["opened_at"]), self.agent
            head = (when, by, when, by)
            lines["issue"].append((*head, self.priority, self.status[row["state"]], row["title"], number))
            lines["msg"].append((*head, by, when, row["title"], number))
            lines["messages"].append((number, number))
            lines["nosy"].append((by, number))
            lines["keyword"].append((self.keywords[row["department"]], number))
            lines["issue_journal"].append((number, when, str(by), "create", "{}"))
            lines["msg_journal"].append((number, when, str(by), "create", "{}"))
            lines["msg_journal"].append((number, when, str(by), "link", f"('issue', '{number}', 'messages')"))
            texts.append(("issue", str(number), "title", row["title"]))
            texts.append(("msg", str(number), "content", row["body"]))
            self._message(number, row["body"])
        for name, into in INTO.items():
            self._many(f"INSERT INTO {into}", lines[name])
        blob, indexed = ("_textblob", "%s") if self.lite else ("_tsv", "to_tsvector('french', %s)")
        self._many(f"INSERT INTO __fts(_class,_itemid,_prop,{blob}) VALUES (%s,%s,%s,{indexed})", texts)
        self.db.commit()
        self.last += len(batch)

    def _many(self, statement: str, lines: list[tuple[Any, ...]]) -> None:
        if self.lite:
            self.db.cursor.executemany(statement.replace("%s", "?"), lines)
        else:
            execute_batch(self.db.cursor, statement, lines, page_size=1000)

    def _moment(self, seconds: float) -> Any:
        moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
        return moment.strftime("%Y%m%d%H%M%S.000") if self.lite else moment

    def _message(self, number: int, body: str) -> None:
        folder = self.home / "db" / "files" / "msg" / str(number // 1000)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"msg{number}").write_text(body, encoding="utf-8")


def main(home: Path, path: str) -> list[int]:
    """Makes everything; the ids of the keywords."""
    db = instance.open(str(home)).open("admin")
    for rank in range(AGENTS):
        secret = password.Password("agent-pass", config=db.config)
        db.user.create(username=f"a{rank}", password=secret, address=f"a{rank}@exemple.test", roles="User")
    db.commit()
    loader = Loader(home, db)
    if path != "-":
        with Path(path).open(encoding="utf-8") as file:
            loader.load(json.loads(line) for line in file)
    db.close()
    return list(loader.keywords.values())


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
