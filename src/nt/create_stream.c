/* SPDX-License-Identifier: Apache-2.0
 *
 * CREATE of a named stream, [MS-FSA] 2.1.5.1 with a stream name: the file (or directory) it belongs
 * to is looked up and, where the disposition makes new objects, made as well; then the disposition
 * speaks of the stream.  Attributes and rights are the file's, sharing and caching the stream's. */
#include "nt/state.h"

static bool makes(enum nt_disposition d)
{
    return d != NT_OPEN && d != NT_OVERWRITE;
}

/* The file under the stream. */
static ntstatus stream_file(struct nt_creation *c)
{
    bool found;
    NT_TRY(nt_creation_look(c, &found));
    const char *stream = TAKE(c->name.stream);
    ntstatus status = STATUS_SUCCESS;
    c->granted = c->desired & ACCESS_MAXIMUM_ALLOWED ? c->limit : c->desired;
    if (found) {
        struct nt_target f = nt_creation_target(c);
        status = nt_attrs_get(c->t, &f, &c->info);
        c->is_directory = false;
        if (nt_ok(status))
            status = nt_creation_attributes_check(c);
        if (nt_ok(status))
            status = nt_creation_access_check(c);
    } else if (!makes(c->args->disposition)) {
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    } else {
        status = c->limit & FILE_WRITE_DATA ? nt_creation_make(c) : STATUS_ACCESS_DENIED;
        c->made_file = nt_ok(status);
        c->result.maximal_access = FILE_ALL_ACCESS & c->limit;
    }
    c->name.stream = stream;
    return status;
}

/* The stream itself, as far as it can be said before the others who have it open are asked. */
static ntstatus stream_find(struct nt_creation *c, const struct nt_target *f)
{
    enum nt_disposition d = c->args->disposition;
    uint64_t size;
    ntstatus status = nt_stream_find(c->t, f, &size);
    if (nt_ok(status)) {
        c->result.action = NT_OPENED;
        c->name.stream = nt_stream_spelling(c->t, f, c->args->arena);
        return d == NT_CREATE ? STATUS_OBJECT_NAME_COLLISION : STATUS_SUCCESS;
    }
    if (!nt_is(status, STATUS_OBJECT_NAME_NOT_FOUND) || !makes(d))
        return status;
    if (!(c->limit & FILE_WRITE_DATA))
        return STATUS_ACCESS_DENIED;
    uint32_t granted; /* the attribute is written as the server: nobody else asks */
    if (!c->made_file)
        NT_TRY(nt_security_check(c->t, f, FILE_WRITE_DATA, &granted, NULL));
    c->result.action = NT_CREATED;
    return nt_stream_create(c->t, f);
}

static ntstatus stream_overwrite(struct nt_creation *c, struct nt_target *f)
{
    enum nt_disposition d = c->args->disposition;
    if (c->result.action != NT_OPENED || !nt_disposition_overwrites(d))
        return STATUS_SUCCESS;
    c->result.action = d == NT_SUPERSEDE ? NT_SUPERSEDED : NT_OVERWRITTEN;
    return nt_stream_truncate(c->t, f, 0);
}

ntstatus nt_create_stream(struct nt_creation *c, struct nt_open **ret_open)
{
    if (c->args->options & NT_OPTION_DIRECTORY_FILE)
        return STATUS_NOT_A_DIRECTORY;
    NT_TRY(stream_file(c));
    struct nt_target f = nt_creation_target(c);
    struct nt_open *o;
    ntstatus status = stream_find(c, &f);
    if (nt_ok(status))
        status = nt_creation_join(c, &o);
    if (!nt_ok(status)) {
        if (c->made_file && !nt_is(status, STATUS_RETRY))
            nt_creation_unmake(c);
        return status;
    }
    f.file = o->file;
    status = stream_overwrite(c, &f);
    if (nt_ok(status))
        status = nt_attrs_get(c->t, &f, &c->info);
    if (!nt_ok(status))
        (void)nt_close(c->t, o, NULL);
    else
        *ret_open = o;
    return status;
}
