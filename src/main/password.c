/* SPDX-License-Identifier: Apache-2.0
 *
 * Asking for a password. */
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "main/command.h"

void password_free(char *password)
{
    if (password)
        wipe(password, strlen(password));
    free(password);
}

/* One line without its end; NULL at the end of the file. */
static char *line_read(FILE *f)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len = getline(&line, &capacity, f);
    if (len < 0) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

static char *terminal_read(FILE *tty, const char *prompt)
{
    struct termios saved, silent;
    bool is_tty = tcgetattr(fileno(tty), &saved) == 0;
    fprintf(stderr, "%s: ", prompt);
    fflush(stderr);
    if (is_tty) {
        silent = saved;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(fileno(tty), TCSAFLUSH, &silent);
    }
    char *line = line_read(tty);
    if (is_tty)
        tcsetattr(fileno(tty), TCSAFLUSH, &saved);
    fputc('\n', stderr);
    return line;
}

char *password_read(const char *prompt, bool confirm)
{
    if (!isatty(STDIN_FILENO)) {
        char *line = line_read(stdin);
        if (!line)
            fprintf(stderr, "braid: no password on standard input\n");
        return line;
    }
    char *first CLEANUP(password_free) = terminal_read(stdin, prompt);
    if (first && confirm) {
        char *second CLEANUP(password_free) = terminal_read(stdin, "The same again");
        if (!second || strcmp(first, second) != 0) {
            fprintf(stderr, "braid: the two passwords differ\n");
            return NULL;
        }
    }
    return TAKE(first);
}
