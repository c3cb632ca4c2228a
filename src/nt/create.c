/* SPDX-License-Identifier: Apache-2.0
 *
 * CREATE, [MS-FSA] 2.1.5.1, top to bottom.  An attempt looks the name up, opens or makes the file
 * as the user, checks what descriptor and other opens say, and joins the node.  Where it has
 * to wait for a break, or finds that the name means something else by now, the whole attempt begins
 * again: nothing learned before a suspension is trusted after it. */
#include "nt/state.h"

#define ATTEMPTS_MAX 64
#define ACCESS_CHANGES                                                                             \
    (FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_EA | FILE_DELETE_CHILD |                      \
     FILE_WRITE_ATTRIBUTES | ACCESS_DELETE | ACCESS_WRITE_DAC | ACCESS_WRITE_OWNER)

/* What kind of object the name leads to, against what was asked for. */
static ntstatus existing_kind_check(struct nt_creation *c)
{
    const struct nt_create_args *args = c->args;
    uint32_t kind = c->stat.mode & S_IFMT;
    c->is_directory = kind == S_IFDIR;
    if (args->disposition == NT_CREATE)
        return STATUS_OBJECT_NAME_COLLISION;
    if (c->is_directory) {
        if (c->name.must_be_file && (args->options & NT_OPTION_DIRECTORY_FILE))
            return STATUS_NOT_A_DIRECTORY;
        if ((args->options & NT_OPTION_NON_DIRECTORY_FILE) || c->name.must_be_file)
            return STATUS_FILE_IS_A_DIRECTORY;
        if (nt_disposition_overwrites(args->disposition))
            return STATUS_OBJECT_NAME_COLLISION;
        return STATUS_SUCCESS;
    }
    if (args->options & NT_OPTION_DIRECTORY_FILE)
        return STATUS_NOT_A_DIRECTORY;
    if (c->name.must_be_directory)
        return STATUS_OBJECT_NAME_INVALID;
    uint32_t data = FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_EXECUTE;
    if (kind != S_IFREG && ((c->desired | c->added) & data))
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

/* [MS-FSA] 2.1.5.1.2: what the attributes of an existing file forbid. */
ntstatus nt_creation_attributes_check(const struct nt_creation *c)
{
    const struct nt_create_args *args = c->args;
    uint32_t have = c->info.attributes;
    if ((have & NT_ATTR_READONLY) && !c->is_directory) {
        if ((c->desired | c->added) & (FILE_WRITE_DATA | FILE_APPEND_DATA))
            return STATUS_ACCESS_DENIED;
    }
    if ((have & NT_ATTR_READONLY) && (args->options & NT_OPTION_DELETE_ON_CLOSE))
        return STATUS_CANNOT_DELETE;
    uint32_t kept = NT_ATTR_HIDDEN | NT_ATTR_SYSTEM;
    if (nt_disposition_overwrites(args->disposition) && (have & kept & ~args->attributes))
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

ntstatus nt_creation_access_check(struct nt_creation *c)
{
    bool maximum = c->desired & ACCESS_MAXIMUM_ALLOWED;
    uint32_t explicit = (c->desired | c->added) & ~ACCESS_MAXIMUM_ALLOWED;
    if (explicit & ~c->limit)
        return STATUS_ACCESS_DENIED;
    struct nt_target f = nt_creation_target(c);
    uint32_t granted, maximal = 0;
    NT_TRY(nt_security_check(c->t, &f, c->desired | c->added, &granted,
                             c->args->want_maximal ? &maximal : NULL));
    if (!maximum)
        granted = c->desired;
    else if ((c->info.attributes & NT_ATTR_READONLY) && !c->is_directory)
        granted &= ~(FILE_WRITE_DATA | FILE_APPEND_DATA);
    c->granted = granted & c->limit;
    c->result.maximal_access = maximal & c->limit;
    if (c->granted == 0) /* MAXIMUM_ALLOWED asked where nothing is */
        return STATUS_ACCESS_DENIED;
    if ((c->args->options & NT_OPTION_DELETE_ON_CLOSE) && !(c->granted & ACCESS_DELETE))
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

/* The descriptor was opened before the access was known: get one that can do what was granted. */
static ntstatus existing_reopen(struct nt_creation *c)
{
    uint32_t need = nt_creation_flags(c->granted | c->added, c->is_directory);
    uint32_t data = VFS_OPEN_READ | VFS_OPEN_WRITE;
    if ((need & data & ~c->file->flags) == 0)
        return STATUS_SUCCESS;
    struct vfs_file *file;
    int err = vfs_reopen(c->t, c->caller->cred, c->file, need, &file);
    if (err < 0)
        return nt_from_errno(err, NT_SITE_LEAF);
    vfs_close(c->file);
    c->file = file;
    return STATUS_SUCCESS;
}

static ntstatus create_existing(struct nt_creation *c, struct nt_open **ret_open)
{
    NT_TRY(existing_kind_check(c));
    struct nt_target f = nt_creation_target(c);
    NT_TRY(nt_attrs_get(c->t, &f, &c->info));
    NT_TRY(nt_creation_attributes_check(c));
    NT_TRY(nt_creation_access_check(c));
    NT_TRY(existing_reopen(c));
    NT_TRY(nt_creation_join(c, ret_open));
    c->result.action = NT_OPENED;
    if (!nt_disposition_overwrites(c->args->disposition))
        return STATUS_SUCCESS;
    ntstatus status = nt_creation_overwrite(c, *ret_open);
    if (!nt_ok(status))
        (void)nt_close(c->t, *ret_open, NULL);
    return status;
}

static ntstatus create_new(struct nt_creation *c, struct nt_open **ret_open)
{
    const struct nt_create_args *args = c->args;
    if (args->disposition == NT_OPEN || args->disposition == NT_OVERWRITE)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    c->is_directory = (args->options & NT_OPTION_DIRECTORY_FILE) || c->name.must_be_directory;
    if (c->is_directory && (args->options & NT_OPTION_NON_DIRECTORY_FILE))
        return STATUS_OBJECT_NAME_INVALID;
    if (c->is_directory && c->name.must_be_file)
        return STATUS_NOT_A_DIRECTORY;
    if (!(c->limit & FILE_WRITE_DATA))
        return STATUS_ACCESS_DENIED;
    if ((args->attributes & NT_ATTR_READONLY) && (args->options & NT_OPTION_DELETE_ON_CLOSE))
        return STATUS_CANNOT_DELETE;
    if (args->has_lease)
        NT_TRY(nt_lease_check(&args->lease, NULL));
    c->granted = c->desired & ACCESS_MAXIMUM_ALLOWED ? FILE_ALL_ACCESS : c->desired;
    if (c->granted & ~c->limit & ~FILE_ALL_ACCESS)
        return STATUS_ACCESS_DENIED;
    c->granted &= c->limit;
    NT_TRY(nt_creation_make(c));
    c->result.maximal_access = FILE_ALL_ACCESS & c->limit;
    c->result.action = NT_CREATED;
    ntstatus status = nt_creation_join(c, ret_open);
    if (!nt_ok(status) && !nt_is(status, STATUS_RETRY))
        nt_creation_unmake(c);
    return status;
}

static ntstatus create_attempt(struct nt_creation *c, struct nt_open **ret_open)
{
    bool found;
    if (c->name.stream)
        return nt_create_stream(c, ret_open);
    NT_TRY(nt_creation_look(c, &found));
    return found ? create_existing(c, ret_open) : create_new(c, ret_open);
}

static void creation_access(struct nt_creation *c)
{
    c->desired = access_map_generic(c->args->desired_access);
    if (c->args->disposition == NT_SUPERSEDE)
        c->added = ACCESS_DELETE | FILE_WRITE_DATA;
    else if (nt_disposition_overwrites(c->args->disposition))
        c->added = FILE_WRITE_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES;
    c->limit = c->caller->maximal_access ? c->caller->maximal_access : FILE_ALL_ACCESS;
    if (c->caller->read_only || c->v->config.read_only)
        c->limit &= ~ACCESS_CHANGES;
}

static void result_fill(struct nt_creation *c)
{
    struct nt_create_result *r = &c->result;
    r->info = c->info;
    r->granted_access = c->granted;
    r->file_id = nt_file_id(&c->stat);
    r->volume_id = c->v->volume_id;
    r->is_directory = c->is_directory;
    r->maximal_status = STATUS_SUCCESS;
}

ntstatus nt_create(struct task *t, struct nt_volume *v, const struct nt_caller *caller,
                   const struct nt_create_args *args, struct nt_create_result *ret_result)
{
    ASSERT(v->magic == NT_MAGIC_VOLUME);
    ASSERT(args->reactor == task_reactor(t));
    NT_TRY(nt_create_check(args));
    struct nt_creation c = {.t = t, .v = v, .caller = caller, .args = args};
    NT_TRY(nt_name_parse(args->arena, args->name, &c.name));
    c.path = c.name.path;
    creation_access(&c);
    ntstatus status = STATUS_RETRY;
    struct nt_open *o = NULL;
    for (int i = 0; i < ATTEMPTS_MAX && nt_is(status, STATUS_RETRY); i++) {
        nt_creation_drop(&c);
        status = create_attempt(&c, &o);
    }
    nt_creation_drop(&c);
    NT_TRY(status);
    ASSERT(o && o->state == NT_OPEN_LIVE && o->file);
    result_fill(&c);
    c.result.open = o;
    *ret_result = c.result;
    return STATUS_SUCCESS;
}
