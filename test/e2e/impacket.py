#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""impacket's client: a code base of its own, in each dialect it speaks, signed and encrypted.

In 3.1.1 what Debian 12 has (0.10.0) begins the preauthentication hash of a session with zeros when
it logs on by NTLM, instead of with the connection's ([MS-SMB2] 3.2.5.2); its Kerberos path does it
right.  Every key is wrong then and every server refuses, Samba too, so the hash is set for it here.
From 3.0 on it encrypts when the server can; in 3.1.1, where that is no capability, when told to.
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
VARIANTS = {"2.0.2": (smb3structs.SMB2_DIALECT_002, False),
            "2.1": (smb3structs.SMB2_DIALECT_21, False),
            "3.0_signed": (smb3structs.SMB2_DIALECT_30, False),
            "3.0_sealed": (smb3structs.SMB2_DIALECT_30, True),
            "3.1.1_signed": (smb3structs.SMB2_DIALECT_311, False),
            "3.1.1_sealed": (smb3structs.SMB2_DIALECT_311, True)}


def connect(dialect, sealed, password=os.environ["BRAID_PASSWORD"]):
    connection = SMBConnection("127.0.0.1", "127.0.0.1", sess_port=int(os.environ["BRAID_PORT"]),
                               preferredDialect=dialect, timeout=20)
    inside = connection.getSMBServer()
    inside._Connection["SupportsEncryption"] = sealed
    if dialect == smb3structs.SMB2_DIALECT_311:
        inside._Session["PreauthIntegrityHashValue"] = (
            inside._Connection["PreauthIntegrityHashValue"])
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
        connect(*VARIANTS["3.0_sealed"], "wrong")
    except SessionError as e:
        assert e.getErrorCode() == 0xC000006D, hex(e.getErrorCode())
        return
    raise AssertionError("logged on with a wrong password")


good = [report(f"copy_{name}", lambda v=variant: copy_both_ways(connect(*v)))
        for name, variant in VARIANTS.items()]
good.append(report("shares", lambda: shares(connect(*VARIANTS["3.1.1_signed"]))))
good.append(report("wrong_password", wrong_password))
sys.exit(0 if all(good) else 1)
