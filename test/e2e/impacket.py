#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""impacket's client: a code base of its own, in each dialect it speaks.

Not in 3.1.1: what Debian 12 has (0.10.0) derives a wrong signing key there, Samba refuses it too.
"""
import io
import os
import sys

PARENT = os.path.dirname(os.path.abspath(__file__))
if "BRAID_PORT" not in os.environ:  # started by the runner: let lib.sh make the server first
    script = (f'. "{PARENT}/lib.sh"; server_start; BRAID_PORT=$PORT BRAID_USER=$USER_NAME '
              f'BRAID_PASSWORD=$PASSWORD BRAID_FILES=$T/files "$PYTHON" "{PARENT}/impacket.py" || '
              f'exit 1; server_stop && ok stop')
    os.execvp("bash", ["bash", "-c", script, __file__])

sys.path.remove(PARENT)  # or this file would be taken for the package of the same name
try:
    from impacket import smb3structs
    from impacket.smbconnection import SessionError, SMBConnection
except ImportError as e:
    print(f"skip impacket {e}")
    sys.exit(0)

FILES = os.environ["BRAID_FILES"]
BLOB = os.urandom(300001)
DIALECTS = {"2.0.2": smb3structs.SMB2_DIALECT_002, "2.1": smb3structs.SMB2_DIALECT_21,
            "3.0": smb3structs.SMB2_DIALECT_30}


def connect(dialect, password=os.environ["BRAID_PASSWORD"]):
    connection = SMBConnection("127.0.0.1", "127.0.0.1", sess_port=int(os.environ["BRAID_PORT"]),
                               preferredDialect=dialect, timeout=20)
    connection.login(os.environ["BRAID_USER"], password)
    return connection


def copy_both_ways(connection):
    connection.createDirectory("files", "impacket")
    connection.putFile("files", "impacket\\blob", io.BytesIO(BLOB).read)
    with open(os.path.join(FILES, "impacket/blob"), "rb") as f:
        assert f.read() == BLOB, "the file written differs"
    back = io.BytesIO()
    connection.getFile("files", "impacket\\blob", back.write)
    assert back.getvalue() == BLOB, "the file read differs"
    found = {e.get_longname(): e.get_filesize()
             for e in connection.listPath("files", "impacket\\*")}
    assert found.get("blob") == len(BLOB), found
    connection.rename("files", "impacket\\blob", "impacket\\renamed")
    connection.deleteFile("files", "impacket\\renamed")
    connection.deleteDirectory("files", "impacket")
    assert not os.path.exists(os.path.join(FILES, "impacket")), "the directory is still there"


def shares(connection):
    names = {s["shi1_netname"].rstrip("\0") for s in connection.listShares()}
    assert {"files", "readonly", "IPC$"} <= {n if n != "ipc$" else "IPC$" for n in names}, names


def report(name, function, *arguments):
    try:
        function(*arguments)
        print("ok", name)
        return True
    except Exception as e:  # whatever the client raises is the finding
        print("not ok", name, f"{type(e).__name__}: {e}".replace("\n", " "))
        return False


def wrong_password():
    try:
        connect(DIALECTS["3.0"], "wrong")
    except SessionError as e:
        assert e.getErrorCode() == 0xC000006D, hex(e.getErrorCode())
        return
    raise AssertionError("logged on with a wrong password")


good = [report(f"copy_{name}", lambda d=dialect: copy_both_ways(connect(d)))
        for name, dialect in DIALECTS.items()]
good.append(report("shares", lambda: shares(connect(DIALECTS["3.0"]))))
good.append(report("wrong_password", wrong_password))
sys.exit(0 if all(good) else 1)
