/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs in the test's guest and uses its sound card:
 *   bed-sound play HZ PEAK     plays a tone until it is killed, after the line "PLAYING"
 *   bed-sound record HZ        says ten times a second "HEARD AMPLITUDE PURITY" of that tone
 *   bed-sound mix PLAY RECORD  sets both volumes, in per cent; 0 also mutes; "MIXED"
 */
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/soundcard.h>
#include <unistd.h>

#define RATE_HZ 48000
#define CHANNELS 2
#define CHUNK (RATE_HZ / 10)

static int16_t chunk[CHUNK * CHANNELS];

static int open_card(int mode)
{
	int fd = open("/dev/dsp", mode);
	int format = AFMT_S16_LE, channels = CHANNELS, rate_hz = RATE_HZ;

	if (fd < 0 || ioctl(fd, SNDCTL_DSP_SETFMT, &format) ||
		ioctl(fd, SNDCTL_DSP_CHANNELS, &channels) ||
		ioctl(fd, SNDCTL_DSP_SPEED, &rate_hz) || rate_hz != RATE_HZ) {
		perror("BED-FAILED /dev/dsp");
		exit(1);
	}
	return fd;
}

static int play(double hz, double peak)
{
	int fd = open_card(O_WRONLY);
	uint64_t frame = 0;

	puts("PLAYING");
	for (;;) {
		for (int i = 0; i < CHUNK; i++, frame++)
			chunk[CHANNELS * i] = chunk[CHANNELS * i + 1] = (int16_t)lrint(
				peak * INT16_MAX *
				sin(2 * M_PI * fmod(hz * (double)frame / RATE_HZ, 1.0)));
		if (write(fd, chunk, sizeof chunk) != sizeof chunk)
			return 1;
	}
}

static void judge(double hz)
{
	double cosine = 0, sine = 0, power = 0, amplitude;

	for (int i = 0; i < CHUNK; i++) {
		double sample = chunk[CHANNELS * i] / (double)INT16_MAX;

		cosine += sample * cos(2 * M_PI * hz / RATE_HZ * i);
		sine += sample * sin(2 * M_PI * hz / RATE_HZ * i);
		power += sample * sample;
	}
	amplitude = 2 * hypot(cosine, sine) / CHUNK;
	printf("HEARD %.4f %.4f\n", amplitude,
		power > 0 ? amplitude * amplitude / 2 / (power / CHUNK) : 0.0);
}

static int record(double hz)
{
	int fd = open_card(O_RDONLY);
	size_t size = 0;
	ssize_t got;

	while ((got = read(fd, (char *)chunk + size, sizeof chunk - size)) > 0) {
		size += (size_t)got;
		if (size < sizeof chunk)
			continue;
		judge(hz);
		size = 0;
	}
	return 1;
}

static int mix(int play_percent, int record_percent)
{
	int fd = open("/dev/mixer", O_RDWR);
	/* Left in the low byte, right in the next. */
	int playback = play_percent * 0x101, capture = record_percent * 0x101;
	int sources = 0, chosen;

	if (fd < 0 || ioctl(fd, SOUND_MIXER_WRITE_VOLUME, &playback)) {
		perror("BED-FAILED /dev/mixer");
		return 1;
	}
	/* Not every card has all of these. */
	ioctl(fd, SOUND_MIXER_WRITE_IGAIN, &capture);
	ioctl(fd, SOUND_MIXER_WRITE_RECLEV, &capture);
	ioctl(fd, SOUND_MIXER_WRITE_LINE, &capture);
	ioctl(fd, SOUND_MIXER_READ_RECMASK, &sources);
	chosen = sources;
	ioctl(fd, SOUND_MIXER_WRITE_RECSRC, &chosen);
	printf("MIXED %#x %#x\n", sources, chosen);
	return 0;
}

int main(int argc, char *argv[])
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 4 && !strcmp(argv[1], "play"))
		return play(atof(argv[2]), atof(argv[3]));
	if (argc == 3 && !strcmp(argv[1], "record"))
		return record(atof(argv[2]));
	if (argc == 4 && !strcmp(argv[1], "mix"))
		return mix(atoi(argv[2]), atoi(argv[3]));
	fputs("BED-FAILED usage\n", stderr);
	return 2;
}
