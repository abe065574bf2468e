// A library that is loaded into a worker process before its program begins, and takes it over: it speaks the protocol of
// the workers, and breaks it in the way that HOSTILE_ATTACK names. Only HOSTILE_TIMES workers are attacked (each makes a
// folder in HOSTILE_FOLDER); all others are let alone, as is every process that is no worker.
//
// Frames must be of 3 bytes a pixel, and the chain must leave them as they are.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef unsigned char byte;

static const char *attack;
static int over_socket, memory[2] = {-1, -1};
static byte *inputs, *outputs, *image;
static size_t bytes, place, input_count, output_count;

static int is(const char *name) { return strcmp(attack, name) == 0; }

static void stay(void) {
    for (;;) pause();
}

static void pause_ms(int ms) { poll(NULL, 0, ms); }

static void put(const byte *from, size_t length) {
    while (length > 0) {
        ssize_t wrote = write(1, from, length);
        if (wrote <= 0) _exit(1);
        from += wrote, length -= (size_t)wrote;
    }
}

static int get(byte *to, size_t length) {
    while (length > 0) {
        ssize_t got = read(0, to, length);
        if (got <= 0) return 0;
        to += got, length -= (size_t)got;
    }
    return 1;
}

// Sends a message, with `descriptors` copies of a descriptor.
static int say_with(const byte *message, size_t length, int descriptors) {
    if (!over_socket) {
        uint32_t head = (uint32_t)length;
        put((byte *)&head, 4);
        put(message, length);
        return 1;
    }
    char control[CMSG_SPACE(100 * sizeof(int))];
    struct iovec part = {(void *)message, length};
    struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptors > 0) {
        head.msg_control = control, head.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&head);
        rights->cmsg_level = SOL_SOCKET, rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(descriptors * sizeof(int));
        for (int i = 0; i < descriptors; i++) ((int *)CMSG_DATA(rights))[i] = 2;
    }
    return sendmsg(0, &head, MSG_NOSIGNAL) >= 0;
}

static int say(const byte *message, size_t length) { return say_with(message, length, 0); }

static byte *number(byte *at, uint64_t value) {
    for (; value >= 0x80; value >>= 7) *at++ = (byte)(value | 0x80);
    *at++ = (byte)value;
    return at;
}

static uint64_t take(const byte **at) {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
        byte next = *(*at)++;
        value |= (uint64_t)(next & 0x7f) << shift;
        if (next < 0x80) return value;
    }
}

// "Frame `frame` in `slot` is done", with five times of `spent` nanoseconds.
static size_t done(byte *message, uint64_t slot, uint64_t frame, uint64_t width, uint64_t height, uint64_t spent) {
    byte *at = message;
    *at++ = 'D';
    at = number(number(at, slot), frame);
    at = number(number(number(at, 2 * width), 2 * height), 2 * 16); // zigzag; 16 is CV_8UC3
    for (int i = 0; i < 5; i++) at = number(at, spent);
    at = number(at, 0); // no spans
    return (size_t)(at - message);
}

static uint64_t field(const char *text, const char *name) {
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

// Tries to write what it was only given to read.
static void scribble(void) {
    for (int i = 0; i < 2; i++) {
        byte *anew = mmap(NULL, place * (i ? output_count : input_count), PROT_READ | PROT_WRITE, MAP_SHARED, memory[i], 0);
        if (i == 0 && anew != MAP_FAILED) memset(anew, 0x55, place * input_count);
    }
    if (mprotect(inputs, place * input_count, PROT_READ | PROT_WRITE) == 0) memset(inputs, 0x55, place * input_count);
    byte junk[64] = {0x55};
    for (size_t at = 0; at < place * input_count; at += sizeof junk)
        if (pwrite(memory[0], junk, sizeof junk, (off_t)at) < 0) break;
}

static void cut(void) {
    for (int i = 0; i < 2; i++) {
        if (ftruncate(memory[i], 0) < 0) errno = 0;
        fcntl(memory[i], F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK);
    }
    fallocate(memory[0], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)(place * input_count));
    madvise(inputs, place * input_count, MADV_REMOVE);
}

static void *sleeper(void *nothing) {
    stay();
    return nothing;
}

// Children that ignore what they can, and never end.
static void fork_and_leave(void) {
    for (int i = 0; i < 2; i++) {
        if (fork() == 0) {
            setsid();
            setpgid(0, 0);
            for (int signal = 1; signal < 32; signal++) sigaction(signal, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
            if (fork() == 0) stay();
            stay();
        }
    }
}

static void live_for_ever(void) {
    prctl(PR_SET_PDEATHSIG, 0);
    syscall(SYS_prctl, PR_SET_PDEATHSIG | (1UL << 32), 0);
    setsid();
    syscall(SYS_setfsuid, 1);
    syscall(SYS_setresuid, -1, 1, -1);
    for (int signal = 1; signal < 32; signal++) sigaction(signal, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
}

static void say_drop_by_drop(const byte *from, size_t length) {
    for (size_t i = 0; i < length; i++) {
        put(from + i, 1);
        pause_ms(60);
    }
}

// Bytes that the test made up, in hexadecimal digits.
static size_t made_up(byte *message) {
    const char *text = getenv("HOSTILE_SAYS");
    size_t length = 0;
    for (; text && text[0] && text[1]; text += 2) {
        char digits[3] = {text[0], text[1], 0};
        message[length++] = (byte)strtoul(digits, NULL, 16);
    }
    return length;
}

static void work(size_t width, size_t height) {
    static byte message[70000], answer[70000];
    for (uint64_t turn = 0;; turn++) {
        uint32_t head = 0;
        ssize_t length = over_socket ? recv(0, message, sizeof message, 0) : get((byte *)&head, 4) ? (ssize_t)head : 0;
        if (length <= 0) return;
        if (!over_socket && !(get(message, head) && get(image, bytes))) return;
        const byte *at = message;
        uint64_t slot = take(&at), frame = take(&at);
        if (over_socket) {
            if (is("scribbles-over-finished-outputs")) { // The parent has taken the frame before the last one.
                memset(outputs + place * (turn % output_count), 0x55, bytes);
                pause_ms(2);
            }
            memcpy(outputs + place * (turn % output_count), inputs + place * slot, bytes);
        }
        byte *pixels = over_socket ? outputs + place * (turn % output_count) : image;
        size_t said = done(answer, slot, frame, width, height, 0);
        // After its first frames, so that others are on their way.
        int now = turn == 3;
        if (now && is("is-silent")) stay();
        if (now && is("stops")) raise(SIGSTOP);
        if (now && is("exits")) _exit(0);
        if (now && is("kills-itself")) raise(SIGKILL);
        if (now && is("leaves-its-leader")) {
            pthread_t thread;
            pthread_create(&thread, NULL, sleeper, NULL);
            syscall(SYS_exit, 0);
        }
        if (now && is("hangs-up")) {
            for (int fd = 0; fd < 64; fd++) close(fd);
            stay();
        }
        if (now && is("hangs-up-half")) {
            over_socket ? shutdown(0, SHUT_WR) : close(1);
            stay();
        }
        if (now && is("floods-stderr"))
            for (;;)
                if (write(2, message, sizeof message) < 0) pause_ms(1);
        if (now && is("never-reads"))
            for (;;) {
                if (!say(answer, said)) _exit(0);
                if (!over_socket) put(pixels, bytes);
            }
        if (now && is("drips-its-answer")) {
            uint32_t size = (uint32_t)said;
            if (over_socket) stay();
            say_drop_by_drop((byte *)&size, 4);
            say_drop_by_drop(answer, said);
        }
        if (now && is("drips-its-image")) {
            say(answer, said);
            if (over_socket) stay();
            say_drop_by_drop(pixels, bytes);
        }
        if (now && is("sends-half-an-image")) {
            say(answer, said);
            if (!over_socket) put(pixels, bytes / 2);
            _exit(0);
        }
        if (now && is("sends-half-a-message")) {
            if (over_socket) say(answer, said / 2);
            else put((byte *)"\xff\x00\x00\x00", 4), put(answer, said / 2);
            _exit(0);
        }
        if (now && is("sends-nothing")) say(answer, 0);
        if (now && is("sends-a-huge-message")) {
            memset(message, 'D', sizeof message);
            over_socket ? (void)say(message, sizeof message) : put((byte *)"\xff\xff\xff\xff", 4);
            stay();
        }
        if (now && is("says-what-was-made-up")) {
            size_t length = made_up(message);
            say(message, length);
            stay();
        }
        if (now && is("says-it-is-ready-again")) say((byte *)"R{}", 3);
        if (now && is("says-goodbye-early"))
            say((byte *)"B{\"parts\":[],\"buffers\":{\"made\":0,\"last_at_frame\":0},\"sandbox\":null}", 67);
        if (now && is("escapes")) say((byte *)"F\033]0;title\a\033[2Jno \xe2\x80\xaeroom\nat all", 32), stay();
        if (now && is("answers-for-another-frame")) said = done(answer, slot, frame + 1, width, height, 0);
        if (now && is("answers-for-another-slot")) said = done(answer, slot + 1, frame, width, height, 0);
        if (now && is("answers-with-another-shape")) said = done(answer, slot, frame, height, width, 0);
        if (now && is("says-it-took-for-ever")) said = done(answer, slot, frame, width, height, UINT64_MAX);
        if (now && is("says-it-took-an-hour")) said = done(answer, slot, frame, width, height, 3600000000000);
        if (now && is("answers-twice")) {
            say(answer, said);
            if (!over_socket) put(pixels, bytes);
        }
        if (is("scribbles-over-inputs") && over_socket) scribble();
        if (is("cuts-the-memory") && over_socket) cut();
        if (is("makes-wrong-pixels")) pixels[turn % bytes] ^= 0xff;
        say_with(answer, said, is("sends-descriptors") ? 100 : 0);
        if (!over_socket) put(pixels, bytes);
    }
}

static void serve(int argc, char **argv) {
    static char hello[70000];
    over_socket = argc > 2 && strcmp(argv[2], "socket") == 0;
    ssize_t length;
    if (over_socket) {
        char control[CMSG_SPACE(2 * sizeof(int))];
        struct iovec part = {hello, sizeof hello - 1};
        struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        length = recvmsg(0, &head, 0);
        struct cmsghdr *rights = length > 0 ? CMSG_FIRSTHDR(&head) : NULL;
        if (rights) memcpy(memory, CMSG_DATA(rights), rights->cmsg_len >= CMSG_LEN(8) ? 8 : 4);
    } else {
        uint32_t head = 0;
        length = get((byte *)&head, 4) && get((byte *)hello, head) ? (ssize_t)head : 0;
    }
    if (length <= 0) _exit(3);
    size_t width = field(hello, "\"width\":"), height = field(hello, "\"height\":");
    bytes = width * height * 3, place = (bytes + 4095) / 4096 * 4096, image = malloc(bytes);
    input_count = field(hello, "\"slots\":"), output_count = field(hello, "\"outputs\":");
    if (over_socket) {
        inputs = mmap(NULL, place * input_count, PROT_READ, MAP_SHARED, memory[0], 0);
        outputs = mmap(NULL, place * output_count, PROT_READ | PROT_WRITE, MAP_SHARED, memory[1], 0);
        if (inputs == MAP_FAILED || outputs == MAP_FAILED) _exit(4);
    }
    char *version = strstr(hello, "\"version\":\"");
    char *end = version ? strchr(version + 11, '"') : NULL;
    if (!end) _exit(5);
    static char greeting[70000] = "R{";
    size_t size = 2;
    memcpy(greeting + size, version, (size_t)(end + 1 - version));
    size += (size_t)(end + 1 - version);
    if (is("greets-in-depth")) {
        strcpy(greeting + size, ",\"sandbox\":");
        size += strlen(greeting + size);
        memset(greeting + size, '[', 60000);
        size += 60000;
    } else {
        strcpy(greeting + size, ",\"sandbox\":\"a \\u001b]0;b\"}");
        size += strlen(greeting + size);
    }
    say((byte *)greeting, size);
    work(width, height);
    if (is("never-ends") || is("lives-for-ever")) stay();
    const char *huge = "{\"frames\":18446744073709551615,\"spent\":[18446744073709551615,18446744073709551615,"
                       "18446744073709551615,18446744073709551615,18446744073709551615],\"starved\":{\"secs\":"
                       "18446744073709551615,\"nanos\":0},\"blocked\":{\"secs\":18446744073709551615,\"nanos\":0}}";
    static char last[70000];
    if (is("says-goodbye-with-2^64-seconds"))
        sprintf(last, "B{\"parts\":[%s,%s],\"buffers\":{\"made\":18446744073709551615,\"last_at_frame\":"
                      "18446744073709551615},\"sandbox\":null}", huge, huge);
    else
        strcpy(last, "B{\"parts\":[],\"buffers\":{\"made\":0,\"last_at_frame\":0},\"sandbox\":null}");
    say((byte *)last, strlen(last));
    _exit(0);
}

__attribute__((constructor)) static void begin(int argc, char **argv) {
    attack = getenv("HOSTILE_ATTACK");
    const char *folder = getenv("HOSTILE_FOLDER"), *times = getenv("HOSTILE_TIMES");
    if (argc < 2 || strcmp(argv[1], "worker") != 0 || !attack || !folder || !times) return;
    for (int i = 0, many = atoi(times);; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%d", folder, i);
        if (i == many) return;
        if (mkdir(path, 0700) == 0) break;
    }
    if (is("quits-at-its-start")) _exit(0);
    if (is("forks-and-leaves")) {
        fork_and_leave();
        return;
    }
    if (is("lives-for-ever")) live_for_ever();
    serve(argc, argv);
}
