/* SPDX-License-Identifier: Apache-2.0
 *
 * Security descriptors, ACLs, ACEs and SIDs, [MS-DTYP] 2.4, and the access masks of files.  A
 * descriptor from a peer or from an extended attribute is read whole into host structs, with every
 * count and offset bounded, and written back from them.  What this file does not interpret of an
 * ACE it keeps, so that reading and writing lose nothing. */
#pragma once

#include "base/arena.h"
#include "wire/guid.h"
#include "wire/rd.h"
#include "wire/wr.h"

/* Rights, [MS-SMB2] 2.2.13.1 */
#define FILE_READ_DATA 0x00000001u
#define FILE_LIST_DIRECTORY 0x00000001u
#define FILE_WRITE_DATA 0x00000002u
#define FILE_ADD_FILE 0x00000002u
#define FILE_APPEND_DATA 0x00000004u
#define FILE_ADD_SUBDIRECTORY 0x00000004u
#define FILE_READ_EA 0x00000008u
#define FILE_WRITE_EA 0x00000010u
#define FILE_EXECUTE 0x00000020u
#define FILE_TRAVERSE 0x00000020u
#define FILE_DELETE_CHILD 0x00000040u
#define FILE_READ_ATTRIBUTES 0x00000080u
#define FILE_WRITE_ATTRIBUTES 0x00000100u
#define ACCESS_DELETE 0x00010000u
#define ACCESS_READ_CONTROL 0x00020000u
#define ACCESS_WRITE_DAC 0x00040000u
#define ACCESS_WRITE_OWNER 0x00080000u
#define ACCESS_SYNCHRONIZE 0x00100000u
#define ACCESS_SYSTEM_SECURITY 0x01000000u
#define ACCESS_MAXIMUM_ALLOWED 0x02000000u
#define ACCESS_GENERIC_ALL 0x10000000u
#define ACCESS_GENERIC_EXECUTE 0x20000000u
#define ACCESS_GENERIC_WRITE 0x40000000u
#define ACCESS_GENERIC_READ 0x80000000u

#define FILE_ALL_ACCESS 0x001F01FFu
#define FILE_GENERIC_READ 0x00120089u
#define FILE_GENERIC_WRITE 0x00120116u
#define FILE_GENERIC_EXECUTE 0x001200A0u

/* Generic bits replaced by what they mean for files; MAXIMUM_ALLOWED stays. */
uint32_t access_map_generic(uint32_t mask) MUST_USE;

/* AdditionalInformation of security queries, [MS-SMB2] 2.2.37 */
#define SECINFO_OWNER 0x00000001u
#define SECINFO_GROUP 0x00000002u
#define SECINFO_DACL 0x00000004u
#define SECINFO_SACL 0x00000008u
#define SECINFO_LABEL 0x00000010u
#define SECINFO_ATTRIBUTE 0x00000020u
#define SECINFO_SCOPE 0x00000040u
#define SECINFO_BACKUP 0x00010000u

#define SID_SUB_AUTHORITIES_MAX 15u
#define SID_BYTES_MAX (8u + 4u * SID_SUB_AUTHORITIES_MAX)

struct sid {
    uint64_t authority; /* 48 bits */
    uint8_t count;      /* sub-authorities, 1..15; 0 only in an all-zero "no SID" */
    uint32_t sub[SID_SUB_AUTHORITIES_MAX];
};

/* Fails on another revision than 1 and on counts of 0 or above 15. */
bool sid_read(struct rd *r, struct sid *ret_sid) MUST_USE;
void sid_write(struct wr *w, const struct sid *sid);
size_t sid_size(const struct sid *sid) MUST_USE;
bool sid_equal(const struct sid *a, const struct sid *b) MUST_USE;

#define SID_TEXT_SIZE 192u
/* "S-1-5-32-544" into buf; returns buf. */
const char *sid_text(const struct sid *sid, char buf[SID_TEXT_SIZE]);
bool sid_parse(const char *text, struct sid *ret_sid) MUST_USE;

/* sid with one sub-authority more, such as a domain's SID with a RID; sid->count < 15. */
struct sid sid_append(const struct sid *sid, uint32_t rid) MUST_USE;

extern const struct sid sid_everyone;            /* S-1-1-0 */
extern const struct sid sid_creator_owner;       /* S-1-3-0 */
extern const struct sid sid_creator_group;       /* S-1-3-1 */
extern const struct sid sid_owner_rights;        /* S-1-3-4 */
extern const struct sid sid_network;             /* S-1-5-2 */
extern const struct sid sid_anonymous;           /* S-1-5-7 */
extern const struct sid sid_authenticated_users; /* S-1-5-11 */
extern const struct sid sid_system;              /* S-1-5-18 */
extern const struct sid sid_administrators;      /* S-1-5-32-544 */
extern const struct sid sid_users;               /* S-1-5-32-545 */
extern const struct sid sid_guests;              /* S-1-5-32-546 */

/* A Unix user or group that has no other SID: S-1-22-1-uid, S-1-22-2-gid. */
struct sid sid_of_uid(uint32_t uid) MUST_USE;
struct sid sid_of_gid(uint32_t gid) MUST_USE;

/* S-1-5-88-…: what NFS-aware clients read, [MS-FSA] 2.1.5.14: 1 owner, 2 group, 3 mode. */
struct sid sid_of_nfs(uint32_t kind, uint32_t value) MUST_USE;

enum ace_type {
    ACE_ALLOWED = 0x00,
    ACE_DENIED = 0x01,
    ACE_AUDIT = 0x02,
    ACE_ALLOWED_OBJECT = 0x05,
    ACE_DENIED_OBJECT = 0x06,
    ACE_AUDIT_OBJECT = 0x07,
    ACE_ALLOWED_CALLBACK = 0x09,
    ACE_DENIED_CALLBACK = 0x0A,
    ACE_ALLOWED_CALLBACK_OBJECT = 0x0B,
    ACE_DENIED_CALLBACK_OBJECT = 0x0C,
    ACE_AUDIT_CALLBACK = 0x0D,
    ACE_AUDIT_CALLBACK_OBJECT = 0x0F,
    ACE_MANDATORY_LABEL = 0x11,
    ACE_RESOURCE_ATTRIBUTE = 0x12,
    ACE_SCOPED_POLICY_ID = 0x13,
};

#define ACE_FLAG_OBJECT_INHERIT 0x01u
#define ACE_FLAG_CONTAINER_INHERIT 0x02u
#define ACE_FLAG_NO_PROPAGATE_INHERIT 0x04u
#define ACE_FLAG_INHERIT_ONLY 0x08u
#define ACE_FLAG_INHERITED 0x10u
#define ACE_FLAG_SUCCESSFUL_ACCESS 0x40u
#define ACE_FLAG_FAILED_ACCESS 0x80u

#define ACE_OBJECT_TYPE_PRESENT 0x00000001u
#define ACE_INHERITED_OBJECT_TYPE_PRESENT 0x00000002u

struct ace {
    uint8_t type; /* enum ace_type, or another that is kept in `tail` alone */
    uint8_t flags;
    uint32_t mask;
    struct sid sid;        /* count 0 for types we do not know */
    uint32_t object_flags; /* object types only */
    struct guid object_type;
    struct guid inherited_object_type;
    struct span tail; /* what follows the SID; for unknown types all that follows the ACE header */
};

#define ACL_REVISION 2u
#define ACL_REVISION_DS 4u
#define ACES_MAX 1820u /* in one ACL: 64 KiB of ordinary ones; more makes it malformed */

struct acl {
    uint8_t revision;
    uint16_t count;
    struct ace *aces;
};

#define SD_OWNER_DEFAULTED 0x0001u
#define SD_GROUP_DEFAULTED 0x0002u
#define SD_DACL_PRESENT 0x0004u
#define SD_DACL_DEFAULTED 0x0008u
#define SD_SACL_PRESENT 0x0010u
#define SD_SACL_DEFAULTED 0x0020u
#define SD_DACL_AUTO_INHERIT_REQ 0x0100u
#define SD_SACL_AUTO_INHERIT_REQ 0x0200u
#define SD_DACL_AUTO_INHERITED 0x0400u
#define SD_SACL_AUTO_INHERITED 0x0800u
#define SD_DACL_PROTECTED 0x1000u
#define SD_SACL_PROTECTED 0x2000u
#define SD_RM_CONTROL_VALID 0x4000u
#define SD_SELF_RELATIVE 0x8000u

struct sd {
    uint8_t rm_control;
    uint16_t control;
    bool has_owner, has_group;
    struct sid owner, group;
    struct acl *sacl; /* NULL with SD_SACL_PRESENT: a null ACL, without: none */
    struct acl *dacl;
};

/* ACLs are allocated from the arena; `tail`s are views into bytes. */
bool sd_read(struct span bytes, struct arena *a, struct sd *ret_sd) MUST_USE;

/* Self-relative, offsets counted from w's present position. */
void sd_write(struct wr *w, const struct sd *sd);
size_t sd_size(const struct sd *sd) MUST_USE;

/* The parts that a query for `secinfo` gets; shares the ACLs of sd (a label query copies the label
 * ACEs of the SACL to the arena). */
struct sd sd_select(const struct sd *sd, uint32_t secinfo, struct arena *a) MUST_USE;
