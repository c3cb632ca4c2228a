/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening the listening sockets before anything else happens, so that a port in use is one clear
 * sentence. */
#include "main/listen.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>

#include "net/transport.h"

static int port_parse(struct config *c, const char *text, uint16_t *ret_port)
{
    const char *digits = strncmp(text, "tcp:", 4) == 0 ? text + 4 : text;
    char *end;
    errno = 0;
    unsigned long port = strtoul(digits, &end, 10);
    if (errno || end == digits || *end || port < 1 || port > 65535) {
        config_finding(c, CONFIG_ERROR, 0, "%s: a port is written 4450 or tcp:4450, 1 to 65535",
                       text);
        return -EINVAL;
    }
    *ret_port = (uint16_t)port;
    return 0;
}

static int listener_add(struct config *c, struct listeners *l, const char *address, uint16_t port)
{
    int fd;
    int err = net_listen_tcp(address, port, &fd);
    if (err < 0) {
        config_finding(c, CONFIG_ERROR, 0, "cannot listen on %s port %u: %s",
                       address ? address : "all addresses", port, strerror(-err));
        return err;
    }
    l->items = xrealloc(l->items, (l->count + 1) * sizeof(*l->items));
    l->items[l->count++] = (struct listener){
        .fd = fd,
        .port = port,
        .name = xasprintf(address && strchr(address, ':') ? "tcp:[%s]:%u" : "tcp:%s:%u",
                          address ? address : "0.0.0.0", port),
    };
    return 0;
}

/* The address part of an `interfaces` word: "10.0.0.1/24;speed=…" is 10.0.0.1. */
static char *word_address(const char *word)
{
    return xstrndup(word, strcspn(word, "/;"));
}

static bool is_address(const char *text)
{
    struct in6_addr any;
    return inet_pton(AF_INET, text, &any) == 1 || inet_pton(AF_INET6, text, &any) == 1;
}

/* Adds every address of the interface of that name. */
static int interface_add(struct config *c, struct listeners *l, const char *name, uint16_t port)
{
    struct ifaddrs *all;
    if (getifaddrs(&all) < 0)
        return -errno;
    int err = 0;
    bool found = false;
    for (struct ifaddrs *i = all; i && err == 0; i = i->ifa_next) {
        if (!i->ifa_addr || strcmp(i->ifa_name, name) != 0)
            continue;
        char text[INET6_ADDRSTRLEN] = "";
        if (i->ifa_addr->sa_family == AF_INET) {
            const struct sockaddr_in *in = (const void *)i->ifa_addr;
            inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
        } else if (i->ifa_addr->sa_family == AF_INET6) {
            const struct sockaddr_in6 *in6 = (const void *)i->ifa_addr;
            if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
                continue;
            inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
        } else {
            continue;
        }
        found = true;
        err = listener_add(c, l, text, port);
    }
    freeifaddrs(all);
    if (!found) {
        config_finding(c, CONFIG_ERROR, 0, "interfaces: %s is neither an address nor an interface "
                       "with one", name);
        return -ENODEV;
    }
    return err;
}

static int port_add(struct config *c, struct listeners *l, uint16_t port)
{
    if (!c->bind_interfaces_only || !c->interfaces)
        return listener_add(c, l, NULL, port);
    for (char **word = c->interfaces; *word; word++) {
        char *name CLEANUP(free_str) = word_address(*word);
        ERR_TRY(is_address(name) ? listener_add(c, l, name, port)
                                 : interface_add(c, l, name, port));
    }
    return 0;
}

static int open_all(struct config *c, struct listeners *l)
{
    if (!c->ports)
        return port_add(c, l, geteuid() == 0 ? 445 : 4450);
    for (char **word = c->ports; *word; word++) {
        uint16_t port;
        ERR_TRY(port_parse(c, *word, &port));
        ERR_TRY(port_add(c, l, port));
    }
    return 0;
}

int listeners_open(struct config *c, struct listeners *ret_listeners)
{
    struct listeners l = {0};
    int err = open_all(c, &l);
    if (err < 0) {
        listeners_close(&l);
        return err;
    }
    *ret_listeners = l;
    return 0;
}

void listeners_close(struct listeners *l)
{
    for (size_t i = 0; i < l->count; i++) {
        close(l->items[i].fd);
        free(l->items[i].name);
    }
    free(l->items);
    *l = (struct listeners){0};
}
