"""The floor of an import: the same fields read from the same file, and the driver's own bulk insert. Checks nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from lxml import etree
from sqlalchemy.engine import make_url

from gateway.store.ground.engine import open_engine

Row = Sequence[object]
BATCH = 20_000


def write(url: str, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """One table, filled in batches, with an index on its first column at the end."""
    engine = open_engine(url)
    postgres = make_url(url).get_backend_name() == "postgresql"
    definition = ", ".join(f"{name} {kind}" for name, kind in (column.split() for column in columns))
    with engine.connect() as connection, connection.begin():
        if postgres:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        connection.exec_driver_sql(f"CREATE TABLE {table} ({definition})")
        iterator = iter(rows)
        while batch := list(islice(iterator, BATCH)):
            if postgres:
                with connection.connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write("".join("\t".join(map(str, row)) + "\n" for row in batch))
            else:
                marks = ", ".join("?" * len(columns))
                connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", [tuple(row) for row in batch])
        connection.exec_driver_sql(f"CREATE INDEX ix_{table} ON {table} ({columns[0].split()[0]})")
    engine.dispose()


def sikrede(file: str, url: str) -> None:
    columns = ("citizen TEXT", "own TEXT", "own_from INTEGER", "grp TEXT", "grp_from INTEGER")
    more = ("future TEXT", "future_from INTEGER", "future_grp TEXT", "future_grp_from INTEGER")
    write(url, "floor_sikrede", columns + more, _citizens(file))


def _citizens(file: str) -> Iterator[Row]:
    with open(file, encoding="iso-8859-1", newline="") as lines:  # noqa: PTH123
        for line in lines:
            if line[:2] == "10":
                yield (
                    line[2:12],
                    line[12:18],
                    int(line[18:26]),
                    line[34:35],
                    int(line[35:43]),
                    line[101:107],
                    int(line[107:115]),
                    line[123:124],
                    int(line[124:132]),
                )


def yderregister(file: str, url: str) -> None:
    names = ("YdernrYder", "PrakBetegn", "AdrYder", "PostnrYder", "PostdistYder", "TilgDatoYder", "AfgDatoYder")
    more = ("HvdSpecKode", "HvdSpecTxt", "HvdTlf")
    rows = ([element.get(name, "").strip() for name in names + more] for element in _ended(file, "Yder"))
    write(url, "floor_yder", [f"{name} TEXT" for name in names + more], rows)


def sor(file: str, url: str) -> None:
    tags = ("OrganizationalUnit", "HealthInstitution", "InstitutionOwner")
    wanted = ("SorIdentifier", "EntityName", "ProviderIdentifier", "InstitutionType")
    rows = (
        [element.findtext(f"{{*}}{name}", "") for name in wanted] + [element.findtext(".//{*}FromDate", "")]
        for element in _ended(file, *tags)
    )
    write(url, "floor_sor", [f"{name} TEXT" for name in (*wanted, "FromDate")], rows)


def _ended(file: str, *names: str) -> Iterator[etree._Element]:
    tags = [f"{{*}}{name}" for name in names]
    for _event, element in etree.iterparse(file, events=("end",), tag=tags):
        yield element
        element.clear()


FLOORS: dict[str, Callable[[str, str], None]] = {"sikrede": sikrede, "yderregister": yderregister, "sor": sor}
