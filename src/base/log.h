/* SPDX-License-Identifier: Apache-2.0
 *
 * Few lines for operators, in logfmt, on standard error:
 *     level=info event=session_setup user=ada addr=10.0.0.7 dialect=3.1.1
 * Values that came from a peer go through log_quote so that no control byte reaches a terminal. */
#pragma once

#include "base/base.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

void log_set_level(enum log_level level);
bool log_enabled(enum log_level level) MUST_USE;

/* `fmt` is the logfmt text after "level=… "; a newline is added.  One write(2) per line. */
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Quotes s for a logfmt value into buf (always terminated, cut at its size); returns buf. */
const char *log_quote(const char *s, char *buf, size_t size);

#define log_at_(level, ...)                                                                        \
    do {                                                                                           \
        if (log_enabled(level))                                                                    \
            log_line(level, __VA_ARGS__);                                                          \
    } while (0)
#define log_error(...) log_at_(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_at_(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_at_(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at_(LOG_LEVEL_DEBUG, __VA_ARGS__)
