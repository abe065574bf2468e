// feeder DEVICE yuyv|mjpeg WIDTH HEIGHT FPS FILE: shows a file of pictures on a v4l2loopback camera, over and over. Once the
// first is out there is a file FILE.fed.
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int fail(const char *what) { perror(what); return 1; }

// Where the picture at `at` ends: JPEG pictures end where the next begins.
static long end_of(const unsigned char *data, long size, long at, long frame) {
    if (frame) return at + frame;
    for (long end = at + 2; end < size; end++)
        if (data[end - 2] == 0xff && data[end - 1] == 0xd9 && data[end] == 0xff && data[end + 1] == 0xd8) return end;
    return size;
}

int main(int count, char **words) {
    if (count != 7) return 2;
    int jpeg = !strcmp(words[2], "mjpeg"), width = atoi(words[3]), height = atoi(words[4]);
    double fps = atof(words[5]);
    int file = open(words[6], O_RDONLY), device = open(words[1], O_RDWR);
    struct stat about;
    if (file < 0 || device < 0 || fstat(file, &about)) return fail("open");
    unsigned char *data = calloc(about.st_size + 1, 1);
    for (long got = 0; got < about.st_size;) {
        long more = read(file, data + got, about.st_size - got);
        if (more <= 0) return fail("read");
        got += more;
    }
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT};
    format.fmt.pix.width = width;
    format.fmt.pix.height = height;
    format.fmt.pix.field = V4L2_FIELD_NONE;
    format.fmt.pix.pixelformat = jpeg ? V4L2_PIX_FMT_MJPEG : V4L2_PIX_FMT_YUYV;
    format.fmt.pix.bytesperline = jpeg ? 0 : width * 2;
    format.fmt.pix.sizeimage = width * height * 2;
    format.fmt.pix.colorspace = V4L2_COLORSPACE_SRGB;
    if (ioctl(device, VIDIOC_S_FMT, &format)) return fail("VIDIOC_S_FMT");
    struct v4l2_streamparm rate = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT};
    rate.parm.output.timeperframe.numerator = 1000;
    rate.parm.output.timeperframe.denominator = fps * 1000 + .5;
    ioctl(device, VIDIOC_S_PARM, &rate);

    struct timespec due, now;
    clock_gettime(CLOCK_MONOTONIC, &due);
    char fed[4096];
    snprintf(fed, sizeof fed, "%s.fed", words[6]);
    for (long at = 0;;) {
        long end = end_of(data, about.st_size, at, jpeg ? 0 : width * height * 2L);
        if (end > about.st_size) return 1;
        if (write(device, data + at, end - at) < 0) return fail("write");
        close(open(fed, O_CREAT | O_WRONLY, 0644));
        at = end < about.st_size ? end : 0;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec - due.tv_sec > 1) due = now; // it was stopped, and need not catch up
        due.tv_nsec += 1e9 / fps;
        due.tv_sec += due.tv_nsec / 1000000000;
        due.tv_nsec %= 1000000000;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, 0);
    }
}
