/* SPDX-License-Identifier: Apache-2.0
 *
 * Which handler serves which command and what the engine checks before calling it,
 * [MS-SMB2] 3.3.5.2.  CANCEL is missing on purpose: the receiver acts on it at once. */
#include "smb/commands.h"

#define SESSION SMB_COMMAND_SESSION
#define TREE (SMB_COMMAND_SESSION | SMB_COMMAND_TREE)

const struct smb_command smb_commands[SMB2_CMD_COUNT] = {
    [SMB2_CMD_NEGOTIATE] = {smb_cmd_negotiate, SMB_COMMAND_SYNC},
    [SMB2_CMD_SESSION_SETUP] = {smb_cmd_session_setup, SMB_COMMAND_SYNC},
    [SMB2_CMD_LOGOFF] = {smb_cmd_logoff, SESSION | SMB_COMMAND_SYNC | SMB_COMMAND_EXPIRED_OK},
    [SMB2_CMD_TREE_CONNECT] = {smb_cmd_tree_connect, SESSION | SMB_COMMAND_SYNC},
    [SMB2_CMD_TREE_DISCONNECT] = {smb_cmd_tree_disconnect, TREE | SMB_COMMAND_SYNC},
    [SMB2_CMD_ECHO] = {smb_cmd_echo, SMB_COMMAND_SYNC},
    [SMB2_CMD_CREATE] = {smb_cmd_create, TREE},
    [SMB2_CMD_CLOSE] = {smb_cmd_close, TREE | SMB_COMMAND_EXPIRED_OK},
    [SMB2_CMD_FLUSH] = {smb_cmd_flush, TREE},
    [SMB2_CMD_READ] = {smb_cmd_read, TREE},
    [SMB2_CMD_WRITE] = {smb_cmd_write, TREE | SMB_COMMAND_CHANGES},
    [SMB2_CMD_LOCK] = {smb_cmd_lock, TREE | SMB_COMMAND_EXPIRED_OK},
    [SMB2_CMD_IOCTL] = {smb_cmd_ioctl, TREE | SMB_COMMAND_CHANGES},
    [SMB2_CMD_QUERY_DIRECTORY] = {smb_cmd_query_directory, TREE},
    [SMB2_CMD_CHANGE_NOTIFY] = {smb_cmd_change_notify, TREE},
    [SMB2_CMD_QUERY_INFO] = {smb_cmd_query_info, TREE},
    [SMB2_CMD_SET_INFO] = {smb_cmd_set_info, TREE | SMB_COMMAND_CHANGES},
    [SMB2_CMD_OPLOCK_BREAK] = {smb_cmd_oplock_break, SESSION},
};
