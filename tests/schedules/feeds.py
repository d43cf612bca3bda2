"""A small realistic GTFS file, whose tables tests may replace."""

import zipfile
from pathlib import Path

# Around 12, rue du Quai (48.0000, -66.0000): A is 111 m north, B 333 m north, FAR 2 km north.
TABLES = {
    "agency": "agency_id,agency_name,agency_url,agency_timezone,agency_phone\n"
    "t,Transport de l'Anse,https://anse.exemple.ca,America/Toronto,418 555-0177\n",
    "routes": "route_id,route_short_name,route_long_name,route_type\n"
    "r1,1,Quai - Gare,3\nr9,9,Rang Taxi sur réservation,3\n",
    "stops": "stop_id,stop_code,stop_name,stop_lat,stop_lon,location_type\n"
    "A,101,Quai / Anse,48.0010,-66.0,0\nB,102,Quai / Église,48.0030,-66.0,\n"
    "FAR,103,Gare,48.0180,-66.0,0\nSTN,,La gare,48.0011,-66.0,1\n",
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "week,1,1,1,1,1,0,0,20260824,20261231\n",
    "calendar_dates": "service_id,date,exception_type\nweek,20261225,2\nfete,20261225,1\n",
    "trips": "route_id,service_id,trip_id,trip_headsign\n"
    "r1,week,t1,Gare\nr1,week,t2,Gare\nr1,week,night,Gare\nr9,week,taxi,Rang\nr1,fete,noel,Gare\nr1,week,back,Quai\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type\n"
    "t1,8:00:00,8:00:00,B,1,\nt1,8:02:00,8:02:00,A,2,0\nt1,8:10:00,8:10:00,FAR,3,\n"
    "t2,17:00:00,17:00:00,B,1,\nt2,17:02:00,17:02:00,A,2,\nt2,17:10:00,17:10:00,FAR,3,\n"
    "night,25:08:00,25:08:00,B,1,\nnight,25:10:00,25:10:00,A,2,\nnight,25:20:00,25:20:00,FAR,3,\n"
    "taxi,12:00:00,12:00:00,A,1,2\ntaxi,12:20:00,12:20:00,FAR,2,\n"
    "noel,10:00:00,10:00:00,A,1,\nnoel,10:10:00,10:10:00,FAR,2,\n"
    "back,9:00:00,9:00:00,FAR,1,\nback,9:08:00,9:08:00,A,2,1\nback,9:10:00,9:10:00,B,3,\n",
}


def write_feed(path: Path, **changed: str | None) -> Path:
    """The feed with these tables replaced; None omits one."""
    with zipfile.ZipFile(path, "w") as feed:
        for name, text in (TABLES | changed).items():
            if text is not None:
                feed.writestr(f"{name}.txt", "\ufeff" + text)
    return path
