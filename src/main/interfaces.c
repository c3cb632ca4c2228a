/* SPDX-License-Identifier: Apache-2.0
 *
 * Speed and receive queues come from sysfs, addresses from the kernel's list.  Asked afresh each
 * time: addresses come and go. */
#include "main/interfaces.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <unistd.h>

#define SPEED_UNKNOWN_BITS 1000000000ull /* what Windows assumes, too */

/* Link speed in bits per second. */
static uint64_t speed_of(const char *name)
{
    char path[64 + IFNAMSIZ];
    long long mbits = 0;
    snprintf(path, sizeof(path), "/sys/class/net/%s/speed", name);
    FILE *f = fopen(path, "re");
    if (!f)
        return SPEED_UNKNOWN_BITS;
    bool known = fscanf(f, "%lld", &mbits) == 1 && mbits > 0;
    fclose(f);
    return known ? (uint64_t)mbits * 1000000 : SPEED_UNKNOWN_BITS;
}

/* More than one receive queue lets a client gain from more than one connection. */
static uint32_t capability_of(const char *name)
{
    char path[64 + IFNAMSIZ];
    snprintf(path, sizeof(path), "/sys/class/net/%s/queues/rx-1", name);
    return access(path, F_OK) == 0 ? NETWORK_INTERFACE_RSS : 0;
}

/* Sets the address; false when it is of another family. */
static bool address_take(const struct sockaddr *sa, struct network_interface *n,
                         char text[INET6_ADDRSTRLEN])
{
    if (sa->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)sa;
        memcpy(n->address, &in->sin_addr, 4);
        return inet_ntop(AF_INET, &in->sin_addr, text, INET6_ADDRSTRLEN);
    }
    if (sa->sa_family != AF_INET6)
        return false;
    const struct sockaddr_in6 *in6 = (const void *)sa;
    n->is_ipv6 = true;
    n->scope_id = in6->sin6_scope_id;
    memcpy(n->address, &in6->sin6_addr, 16);
    return inet_ntop(AF_INET6, &in6->sin6_addr, text, INET6_ADDRSTRLEN);
}

static bool is_link_local(const struct sockaddr *sa)
{
    const struct sockaddr_in6 *in6 = (const void *)sa;
    return sa->sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr);
}

/* The options of a word, "if_index=65,speed=1000,capability=RSS". */
static void options_apply(const char *options, struct network_interface *n)
{
    CLEANUP(free_str) char *copy = xstrdup(options);
    char *rest = copy;
    for (char *word; (word = strsep(&rest, ","));) {
        if (strncmp(word, "if_index=", 9) == 0)
            n->index = (uint32_t)strtoul(word + 9, NULL, 10);
        else if (strncmp(word, "speed=", 6) == 0)
            n->link_speed = strtoull(word + 6, NULL, 10);
        else if (strcmp(word, "capability=RSS") == 0)
            n->capability |= NETWORK_INTERFACE_RSS;
    }
}

/* The `interfaces` word that names this interface or address, or NULL. */
static const char *word_find(char **words, const char *name, const char *address)
{
    for (; *words; words++) {
        size_t len = strcspn(*words, "/;");
        if ((strlen(name) == len && strncmp(*words, name, len) == 0) ||
            (strlen(address) == len && strncmp(*words, address, len) == 0))
            return *words;
    }
    return NULL;
}

static bool interface_take(const struct config *c, const struct ifaddrs *i,
                           struct network_interface *ret_interface)
{
    struct network_interface n = {0};
    char text[INET6_ADDRSTRLEN];
    if (!i->ifa_addr || !(i->ifa_flags & IFF_UP) || !address_take(i->ifa_addr, &n, text))
        return false;
    const char *word = c->interfaces ? word_find(c->interfaces, i->ifa_name, text) : NULL;
    if (!word && (c->interfaces || (i->ifa_flags & IFF_LOOPBACK) || is_link_local(i->ifa_addr)))
        return false;
    n.index = if_nametoindex(i->ifa_name);
    n.link_speed = speed_of(i->ifa_name);
    n.capability = capability_of(i->ifa_name);
    const char *options = word ? strchr(word, ';') : NULL;
    if (options)
        options_apply(options + 1, &n);
    *ret_interface = n;
    return true;
}

unsigned interfaces_list(void *config, struct network_interface *list, unsigned max)
{
    struct ifaddrs *all;
    unsigned count = 0;
    if (getifaddrs(&all) < 0)
        return 0;
    for (const struct ifaddrs *i = all; i && count < max; i = i->ifa_next)
        count += interface_take(config, i, &list[count]);
    freeifaddrs(all);
    return count;
}
