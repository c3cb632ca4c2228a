/* SPDX-License-Identifier: Apache-2.0
 *
 * Info classes, chains of entries, what SET_INFO carries.  The class is the first byte of the
 * input where one reader serves several. */
#include "pairs.h"
#include "proto/dir_info.h"
#include "proto/ea.h"
#include "proto/file_info.h"
#include "proto/fs_info.h"
#include "proto/notify.h"
#include "proto/set_info.h"
#include "wire/utf16.h"

static const struct file_info file = {
    .creation_time = 1,
    .last_access_time = 2,
    .last_write_time = 3,
    .change_time = 4,
    .attributes = FILE_ATTRIBUTE_ARCHIVE,
    .reparse_tag = 5,
    .allocation_size = 4096,
    .end_of_file = 6,
    .links = 1,
    .delete_pending = true,
    .index_number = 7,
    .file_id = {8},
    .volume_serial = 9,
    .ea_size = 10,
    .access = 0x1F01FF,
    .position = 11,
    .mode = 12,
    .compressed_size = 13,
    .name = "\\dir\\Größe 😀",
    .short_name = "GRSSE~1",
};

static void file_info_sample_all(struct wr *w)
{
    wr_u8(w, FILE_ALL_INFORMATION);
    ntstatus status = file_info_write(w, FILE_ALL_INFORMATION, &file);
    ASSERT(nt_ok(status));
}

static void file_info_sample_network_open(struct wr *w)
{
    wr_u8(w, FILE_NETWORK_OPEN_INFORMATION);
    ntstatus status = file_info_write(w, FILE_NETWORK_OPEN_INFORMATION, &file);
    ASSERT(nt_ok(status));
}

static void file_info_sample_short_name(struct wr *w)
{
    wr_u8(w, FILE_ALTERNATE_NAME_INFORMATION);
    ntstatus status = file_info_write(w, FILE_ALTERNATE_NAME_INFORMATION, &file);
    ASSERT(nt_ok(status));
}

static bool file_info_again_in(struct rd *r, struct wr *w, struct arena *a)
{
    uint8_t info_class = rd_u8(r);
    struct file_info info = {0};
    struct span name;
    if (!file_info_read(rd_span(r, rd_left(r)), info_class, &info, &name))
        return false;
    info.name = utf16_to_utf8(a, name);
    info.short_name = info.name;
    wr_u8(w, info_class);
    return info.name && nt_ok(file_info_write(w, info_class, &info));
}

static bool file_info_again(struct rd *r, struct wr *w)
{
    struct arena a;
    arena_init(&a);
    bool good = file_info_again_in(r, w, &a);
    arena_fini(&a);
    return good;
}

static const struct fs_info volume = {
    .creation_time = 1,
    .serial_number = 2,
    .label = "Label",
    .total_units = 3,
    .caller_free_units = 4,
    .actual_free_units = 5,
    .sectors_per_unit = 8,
    .bytes_per_sector = 512,
    .attributes = FILE_CASE_PRESERVED_NAMES,
    .component_units_max = 255,
    .fs_name = "NTFS",
};

static void fs_info_sample(struct wr *w, uint8_t info_class)
{
    wr_u8(w, info_class);
    ntstatus status = fs_info_write(w, info_class, &volume);
    ASSERT(nt_ok(status));
}

static void fs_info_sample_volume(struct wr *w)
{
    fs_info_sample(w, FS_VOLUME_INFORMATION);
}

static void fs_info_sample_attribute(struct wr *w)
{
    fs_info_sample(w, FS_ATTRIBUTE_INFORMATION);
}

static void fs_info_sample_full_size(struct wr *w)
{
    fs_info_sample(w, FS_FULL_SIZE_INFORMATION);
}

static bool fs_info_again_in(struct rd *r, struct wr *w, struct arena *a)
{
    uint8_t info_class = rd_u8(r);
    struct fs_info info = {0};
    struct span name;
    if (!fs_info_read(rd_span(r, rd_left(r)), info_class, &info, &name))
        return false;
    info.label = utf16_to_utf8(a, name);
    info.fs_name = info.label;
    wr_u8(w, info_class);
    return info.label && nt_ok(fs_info_write(w, info_class, &info));
}

static bool fs_info_again(struct rd *r, struct wr *w)
{
    struct arena a;
    arena_init(&a);
    bool good = fs_info_again_in(r, w, &a);
    arena_fini(&a);
    return good;
}

static void dir_entries_sample(struct wr *w, uint8_t info_class)
{
    wr_u8(w, info_class);
    wr_zero(w, 7); /* keeps the entries aligned */
    struct dir_writer d = dir_writer_of(w, info_class);
    struct dir_entry e = {.name = ".", .attributes = FILE_ATTRIBUTE_DIRECTORY, .change_time = 4};
    enum dir_add added = dir_writer_add(&d, &e);
    ASSERT(added == DIR_ADDED);
    e = (struct dir_entry){.name = "link 😀", .short_name = "LINK~1", .index_number = 3,
                           .file_id = {3}, .attributes = FILE_ATTRIBUTE_REPARSE_POINT,
                           .reparse_tag = 0xA000000C, .end_of_file = 12};
    added = dir_writer_add(&d, &e);
    ASSERT(added == DIR_ADDED);
}

static void dir_entries_sample_id_both(struct wr *w)
{
    dir_entries_sample(w, FILE_ID_BOTH_DIRECTORY_INFORMATION);
}

static void dir_entries_sample_full(struct wr *w)
{
    dir_entries_sample(w, FILE_FULL_DIRECTORY_INFORMATION);
}

static void dir_entries_sample_id_extd_both(struct wr *w)
{
    dir_entries_sample(w, FILE_ID_EXTD_BOTH_DIRECTORY_INFORMATION);
}

static void dir_entries_sample_names(struct wr *w)
{
    dir_entries_sample(w, FILE_NAMES_INFORMATION);
}

static bool dir_entries_again_in(struct rd *r, struct wr *w, struct arena *a)
{
    uint8_t info_class = rd_u8(r);
    rd_skip(r, 7);
    struct span rest = rd_span(r, rd_left(r));
    if (!dir_info_class_is_known(info_class) || !rd_done(r))
        return false;
    wr_u8(w, info_class);
    wr_zero(w, 7);
    struct dir_writer d = dir_writer_of(w, info_class);
    struct dir_entry e;
    while (dir_entry_next(&rest, info_class, &e)) {
        e.name = utf16_to_utf8(a, e.name_utf16);
        e.short_name = utf16_to_utf8(a, e.short_name_utf16);
        if (!e.name || !e.short_name || dir_writer_add(&d, &e) != DIR_ADDED)
            return false;
    }
    return rest.len == 0;
}

static bool dir_entries_again(struct rd *r, struct wr *w)
{
    struct arena a;
    arena_init(&a);
    bool good = dir_entries_again_in(r, w, &a);
    arena_fini(&a);
    return good;
}

static bool streams_again(struct rd *r, struct wr *w)
{
    struct arena a;
    arena_init(&a);
    struct span rest = rd_span(r, rd_left(r));
    struct stream_writer s = stream_writer_of(w);
    struct stream_entry e;
    bool good = true;
    while (good && stream_entry_next(&rest, &e)) {
        const char *name = utf16_to_utf8(&a, e.name);
        good = name && stream_writer_add(&s, name, e.size, e.allocation_size);
    }
    arena_fini(&a);
    return good && rest.len == 0;
}

static void streams_sample(struct wr *w)
{
    struct stream_writer s = stream_writer_of(w);
    bool added = stream_writer_add(&s, "::$DATA", 5, 4096);
    added = added && stream_writer_add(&s, ":Zone.Identifier:$DATA", 26, 32);
    ASSERT(added);
}

static bool notify_records_again(struct rd *r, struct wr *w)
{
    struct arena a;
    arena_init(&a);
    struct span rest = rd_span(r, rd_left(r));
    struct notify_writer n = notify_writer_of(w);
    struct notify_record rec;
    bool good = true;
    while (good && notify_record_next(&rest, &rec)) {
        const char *name = utf16_to_utf8(&a, rec.name);
        good = name && notify_writer_add(&n, rec.action, name);
    }
    arena_fini(&a);
    return good && rest.len == 0;
}

static void notify_records_sample(struct wr *w)
{
    struct notify_writer n = notify_writer_of(w);
    bool added = notify_writer_add(&n, FILE_ACTION_RENAMED_OLD_NAME, "dir/old");
    added = added && notify_writer_add(&n, FILE_ACTION_RENAMED_NEW_NAME, "dir/ne");
    ASSERT(added);
}

static bool ea_list_again(struct rd *r, struct wr *w)
{
    struct arena a;
    arena_init(&a);
    struct ea_list list;
    struct ea_writer e = ea_writer_of(w);
    bool good = ea_list_read(rd_span(r, rd_left(r)), &a, &list);
    for (unsigned i = 0; good && i < list.count; i++)
        good = ea_writer_add(&e, &list.items[i]);
    arena_fini(&a);
    return good;
}

static void ea_list_sample(struct wr *w)
{
    struct ea_writer e = ea_writer_of(w);
    bool added = ea_writer_add(&e, &(struct ea){0, "user.one", BYTES("1")});
    added = added && ea_writer_add(&e, &(struct ea){EA_FLAG_NEED_EA, "TWO", BYTES("12")});
    ASSERT(added);
}

static bool ea_names_again(struct rd *r, struct wr *w)
{
    struct arena a;
    arena_init(&a);
    struct ea_list list;
    bool good = ea_names_read(rd_span(r, rd_left(r)), &a, &list);
    for (unsigned i = 0; good && i < list.count; i++)
        wr_bytes(w, list.items[i].name, strlen(list.items[i].name));
    arena_fini(&a);
    return good;
}

static void ea_names_sample(struct wr *w)
{
    wr_bytes(w, "\x0C\0\0\0\3ONE\0\0\0\0\0\0\0\0\3TWO", 21);
}

PAIR_AGAIN_SPAN(set_basic_info, set_basic_info_read, set_basic_info_write)
PAIR_SAMPLE(set_basic_info, , .creation_time = SET_TIME_FREEZE, .last_write_time = 5,
            .attributes = FILE_ATTRIBUTE_HIDDEN)
PAIR_AGAIN_SPAN(set_u64_info, set_u64_info_read, set_u64_info_write)
PAIR_SAMPLE(set_u64_info, , .value = 1ull << 40)
PAIR_AGAIN_SPAN(set_mode_info, set_mode_info_read, set_mode_info_write)
PAIR_SAMPLE(set_mode_info, , .mode = 2)

/* The first of eight bytes says whether this is the Ex form. */
static bool set_rename_info_again(struct rd *r, struct wr *w)
{
    bool ex = rd_u8(r) != 0;
    rd_skip(r, 7);
    struct set_rename_info i;
    if (!set_rename_info_read(rd_span(r, rd_left(r)), ex, &i))
        return false;
    wr_u8(w, ex);
    wr_zero(w, 7);
    set_rename_info_write(w, ex, &i);
    return true;
}

static void set_rename_info_sample(struct wr *w)
{
    static const struct set_rename_info i = {FILE_RENAME_REPLACE_IF_EXISTS, 0, U16("dir\\new")};
    wr_zero(w, 8);
    set_rename_info_write(w, false, &i);
}

static void set_rename_info_sample_ex(struct wr *w)
{
    static const struct set_rename_info i = {FILE_RENAME_POSIX_SEMANTICS, 0, U16("new")};
    wr_u8(w, 1);
    wr_zero(w, 7);
    set_rename_info_write(w, true, &i);
}

static bool set_disposition_info_again(struct rd *r, struct wr *w)
{
    bool ex = rd_u8(r) != 0;
    struct set_disposition_info i;
    if (!set_disposition_info_read(rd_span(r, rd_left(r)), ex, &i))
        return false;
    wr_u8(w, ex);
    set_disposition_info_write(w, ex, &i);
    return true;
}

static void set_disposition_info_sample(struct wr *w)
{
    wr_u8(w, 0);
    set_disposition_info_write(w, false,
                               &(struct set_disposition_info){FILE_DISPOSITION_DELETE});
}

static void set_disposition_info_sample_ex(struct wr *w)
{
    wr_u8(w, 1);
    set_disposition_info_write(w, true,
                               &(struct set_disposition_info){FILE_DISPOSITION_DELETE |
                                                              FILE_DISPOSITION_POSIX_SEMANTICS});
}

#define PAYLOAD(x, ...)                                                                            \
    {                                                                                              \
        #x, 0, {__VA_ARGS__}, x##_again                                                            \
    }

const struct proto_pair pairs_of_infos[] = {
    PAYLOAD(file_info, file_info_sample_all, file_info_sample_network_open,
            file_info_sample_short_name),
    PAYLOAD(fs_info, fs_info_sample_volume, fs_info_sample_attribute, fs_info_sample_full_size),
    PAYLOAD(dir_entries, dir_entries_sample_id_both, dir_entries_sample_full,
            dir_entries_sample_id_extd_both, dir_entries_sample_names),
    PAYLOAD(streams, streams_sample),
    PAYLOAD(notify_records, notify_records_sample),
    PAYLOAD(ea_list, ea_list_sample),
    {"ea_names", 0, {ea_names_sample}, ea_names_again, .answers_only = true},
    PAYLOAD(set_basic_info, set_basic_info_sample),
    PAYLOAD(set_u64_info, set_u64_info_sample),
    PAYLOAD(set_mode_info, set_mode_info_sample),
    PAYLOAD(set_rename_info, set_rename_info_sample, set_rename_info_sample_ex),
    PAYLOAD(set_disposition_info, set_disposition_info_sample, set_disposition_info_sample_ex),
    {0},
};
