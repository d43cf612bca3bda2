"""Writes the example timetable of the sample town: python -m tools.example_gtfs. Reproducible to the byte.

Lines and stops are exo's (CC BY 4.0, through MonTransit, August 2026). Which stops a line serves, and every hour, are
invented: the feed says so in its own name, and is loaded in the demonstration only.
"""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "towns/carignan/gtfs-exemple.zip"
NAME = "exo, secteur Chambly-Richelieu-Carignan (EXEMPLE : horaires inventés)"
THANKS = "Lignes et arrêts : exo, CC BY 4.0, par MonTransit; horaires inventés"
TAXI = "1501"
CHRISTMAS = (("semaine", 2), ("fin-de-semaine", 1))
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FROM, UNTIL = "20260101", "20271231"

# number|name|type (3 bus, 1501 taxi)|stops in order|out|back|first, last and interval in minutes on a weekday
LINES = """
109|Taxibus Chambly - Carignan - St-Hubert|3|74294 74498 74170 74506|St-Hubert|Term Chambly|360 1320 60
381|Carignan (Bellevue-Bachand) Taxi Sur Réservation|1501|74294 74013 74480 74485|Hôtel De Ville\
|Faubourg Carignan|400 1180 60
384|Carignan (Bellerive-Henriette) Taxi Sur Réservation|1501|74294 74537 74039 74511 74497 74170 74513 74506\
|Grande-Allée|Faubourg Carignan|390 1170 60
483|Carignan (Bellerive-Henriette) - Terminus Brossard|3|74537 74040 74512 74498 74171 74565 74169 74697 74615 74611\
 74569|Term Brossard|Faubourg Carignan|330 1480 30
685|Carignan - Chambly - St-Jean-Sur-Richelieu|3|74481 74014 74295|St-Jean-Sur-Richelieu|Chambly<>Carignan|420 1140 90
"""
STOPS = """
74013|Route 112 / Bellevue|45.46229|-73.33181
74014|Route 112 / Bellevue|45.46205|-73.33232
74039|Henriette / Civique 2282|45.44939|-73.31925
74040|Henriette / Civique 2271|45.44921|-73.31938
74167|Désourdy / Léon-Paré|45.45500|-73.35231
74169|Désourdy / 3152|45.45323|-73.35361
74170|Henriette / Léonard-Tresny|45.44693|-73.33502
74171|Henriette / Léonard-Tresny|45.44664|-73.33526
74294|Route 112 / Faubourg Carignan|45.46038|-73.31411
74295|Route 112 / Faubourg Carignan|45.46001|-73.31421
74480|Bellevue / Hôtel De Ville De Carignan|45.46570|-73.33067
74481|Bellevue / Hôtel De Ville De Carignan|45.46573|-73.33086
74485|Bellevue / Bachand|45.48172|-73.32300
74497|Henriette / Albani|45.44762|-73.33007
74498|Henriette / Albani|45.44742|-73.33029
74506|Grande-Allée / Bernard-Boucher|45.42817|-73.36571
74511|Henriette / Charlotte-Dubuc|45.44845|-73.32511
74512|Henriette / Charlotte-Dubuc|45.44825|-73.32521
74513|Henriette / Jeanne-Déchard|45.44605|-73.34002
74537|Henriette / Bellerive|45.45039|-73.31284
74565|Laurent-Monty / Désourdy|45.45072|-73.35468
74569|Désourdy / Galets N|45.46308|-73.34631
74611|Désourdy / Galets S|45.46068|-73.34807
74615|Désourdy / Granit|45.45884|-73.34951
74697|Désourdy / Henri-Bisaillon|45.45664|-73.35116
"""


def tables() -> dict[str, list[list[Any]]]:
    """Every table of the feed, its header first."""
    stops = [line.split("|") for line in STOPS.strip().splitlines()]
    trips: list[list[Any]] = [["route_id", "service_id", "trip_id", "trip_headsign", "direction_id"]]
    times: list[list[Any]] = [["trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "pickup_type"]]
    lines = [line.split("|") for line in LINES.strip().splitlines()]
    for number, _name, kind, served, out, back, span in lines:
        first, last, every = map(int, span.split())
        for days, step in (("semaine", every), ("fin-de-semaine", every * 2)):
            for way, sign in enumerate((out, back)):
                order = served.split()[:: -1 if way else 1]
                for start in range(first, last + 1, step):
                    trip = f"{number}-{days}-{way}-{start}"
                    trips.append([number, days, trip, sign, way])
                    for rank, stop in enumerate(order):
                        at = f"{(start + 3 * rank) // 60:02d}:{(start + 3 * rank) % 60:02d}:00"
                        times.append([trip, at, at, stop, rank + 1, 2 if kind == TAXI else 0])
    return {
        "agency.txt": [
            ["agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang"],
            ["exo", NAME, "https://exo.quebec", "America/Toronto", "fr"],
        ],
        "attributions.txt": [["organization_name", "is_producer"], [THANKS, 1]],
        "feed_info.txt": [
            ["feed_publisher_name", "feed_publisher_url", "feed_lang", "feed_start_date", "feed_end_date"],
            ["Parvis (EXEMPLE)", "https://exo.quebec", "fr", FROM, UNTIL],
        ],
        "routes.txt": [
            ["route_id", "route_short_name", "route_long_name", "route_type"],
            *([number, number, name, kind] for number, name, kind, *_ in lines),
        ],
        "stops.txt": [
            ["stop_id", "stop_code", "stop_name", "stop_lat", "stop_lon"],
            *([code, code, name, lat, lon] for code, name, lat, lon in stops),
        ],
        "calendar.txt": [
            ["service_id", *WEEKDAYS, "start_date", "end_date"],
            ["semaine", 1, 1, 1, 1, 1, 0, 0, FROM, UNTIL],
            ["fin-de-semaine", 0, 0, 0, 0, 0, 1, 1, FROM, UNTIL],
        ],
        "calendar_dates.txt": [
            ["service_id", "date", "exception_type"],
            *([days, f"{year}1225", kind] for year in (2026, 2027) for days, kind in CHRISTMAS),
        ],
        "trips.txt": trips,
        "stop_times.txt": times,
    }  # fmt: skip


def written() -> bytes:
    """The feed as a ZIP archive, reproducible to the byte."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as feed:
        for name, rows in tables().items():
            text = io.StringIO()
            csv.writer(text, lineterminator="\r\n").writerows(rows)
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            feed.writestr(entry, text.getvalue(), compresslevel=9)
    return made.getvalue()


if __name__ == "__main__":
    TARGET.write_bytes(written())
