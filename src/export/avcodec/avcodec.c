/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.264 without loss, which costs little where little changes and keeps up with a screen, and FFV1,
 * for libraries without an encoder for the former.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "export/avcodec/library.h"
#include "export/avcodec/nal.h"
#include "export/encoder.h"

#define THREADS_MAX 4
#define OPTIONS_MAX 4
/* Pictures between two where a player can begin. */
#define KEY_DISTANCE 300
#define CONFIG_EXTRA_BYTES 32

struct kind {
	const struct oriel_encoder_ops *ops;
	const char *library_name, *matroska_name;
	int key_distance;
	uint32_t side_min_px, side_max_px; /* of pictures that it takes, and keeps as they are */
	const char *options[OPTIONS_MAX][2];
	bool is_stream; /* units with start codes */
};

struct encoder {
	struct oriel_encoder base;
	const struct oriel_avcodec_library *av;
	const struct kind *kind;
	AVCodecContext *context;
	AVFrame *frame;
	AVPacket *packet;
	uint8_t *config, *units;
	size_t units_room;
};

static int set_av_error(
	const struct encoder *encoder, int code, const char *what, struct oriel_error *error)
{
	char text[AV_ERROR_MAX_STRING_SIZE] = "";

	encoder->av->av_strerror(code, text, sizeof text);
	return oriel_error_set(error, -EIO, "%s: %s: %s", encoder->kind->library_name, what, text);
}

/* ---- opening -------------------------------------------------------------------------------- */

static int count_threads(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	return processors < THREADS_MAX ? (int)processors : THREADS_MAX;
}

static void configure(struct encoder *encoder, uint32_t width_px, uint32_t height_px)
{
	AVCodecContext *context = encoder->context;

	context->width = (int)width_px;
	context->height = (int)height_px;
	context->pix_fmt = AV_PIX_FMT_BGR0;
	context->time_base = (AVRational){1, (int)ORIEL_NS_PER_S / 1000};
	/* Only what a level is chosen by: each picture has its own time. */
	context->framerate = (AVRational){60, 1};
	context->gop_size = encoder->kind->key_distance;
	context->max_b_frames = 0;
	context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	context->thread_count = count_threads();
	/* A picture's slices at once: none waits inside for later pictures. */
	context->thread_type = FF_THREAD_SLICE;
	context->colorspace = AVCOL_SPC_RGB;
	context->color_range = AVCOL_RANGE_JPEG;
	context->color_trc = AVCOL_TRC_IEC61966_2_1;
	context->color_primaries = AVCOL_PRI_BT709;
	for (int i = 0; i < OPTIONS_MAX && encoder->kind->options[i][0]; i++)
		encoder->av->av_opt_set(context, encoder->kind->options[i][0],
			encoder->kind->options[i][1], AV_OPT_SEARCH_CHILDREN);
}

static int take_config(struct encoder *encoder, struct oriel_error *error)
{
	const AVCodecContext *context = encoder->context;
	size_t bytes = (size_t)context->extradata_size;

	encoder->config = malloc(oriel_nal_room(bytes) + CONFIG_EXTRA_BYTES);
	if (!encoder->config)
		return oriel_error_set_errno(error, -ENOMEM, "cannot record");
	if (encoder->kind->is_stream) {
		bytes = oriel_nal_make_config(context->extradata, bytes, encoder->config);
		if (!bytes)
			return oriel_error_set(
				error, -EIO, "%s gives no parameters", encoder->kind->library_name);
	} else {
		memcpy(encoder->config, context->extradata, bytes);
	}
	encoder->base.track.config = encoder->config;
	encoder->base.track.config_bytes = bytes;
	return 0;
}

static int open_context(
	struct encoder *encoder, uint32_t width_px, uint32_t height_px, struct oriel_error *error)
{
	const struct oriel_avcodec_library *av = encoder->av;
	const AVCodec *codec = av->avcodec_find_encoder_by_name(encoder->kind->library_name);
	int result;

	if (!codec)
		return oriel_error_set(error, -ENOSYS, "FFmpeg's libraries have no encoder %s here",
			encoder->kind->library_name);
	encoder->context = av->avcodec_alloc_context3(codec);
	encoder->frame = av->av_frame_alloc();
	encoder->packet = av->av_packet_alloc();
	if (!encoder->context || !encoder->frame || !encoder->packet)
		return oriel_error_set_errno(error, -ENOMEM, "cannot record");
	configure(encoder, width_px, height_px);
	result = av->avcodec_open2(encoder->context, codec, NULL);
	if (result < 0)
		return set_av_error(encoder, result, "cannot encode such pictures", error);
	return take_config(encoder, error);
}

static void close_encoder(struct oriel_encoder *base)
{
	struct encoder *encoder = (struct encoder *)base;

	if (!encoder)
		return;
	encoder->av->avcodec_free_context(&encoder->context);
	encoder->av->av_frame_free(&encoder->frame);
	encoder->av->av_packet_free(&encoder->packet);
	free(encoder->config);
	free(encoder->units);
	free(encoder);
}

static bool is_side(const struct kind *kind, uint32_t side_px)
{
	return side_px >= kind->side_min_px && side_px <= kind->side_max_px;
}

static int open_kind(const struct kind *kind, struct oriel_encoder **ret_encoder, uint32_t width_px,
	uint32_t height_px, struct oriel_error *error)
{
	const struct oriel_avcodec_library *av = oriel_avcodec_library_get(error);
	struct encoder *encoder;
	int result;

	if (!av)
		return -ENOSYS;
	if (!is_side(kind, width_px) || !is_side(kind, height_px))
		return oriel_error_set(error, -ERANGE,
			"%s takes pictures with sides of %u to %u pixels, not %u x %u",
			kind->library_name, kind->side_min_px, kind->side_max_px, width_px,
			height_px);
	encoder = calloc(1, sizeof *encoder);
	if (!encoder)
		return oriel_error_set_errno(error, -ENOMEM, "cannot record");
	encoder->av = av;
	encoder->kind = kind;
	encoder->base.ops = kind->ops;
	encoder->base.track = (struct oriel_matroska_track){
		.codec = kind->matroska_name, .width_px = width_px, .height_px = height_px};
	result = open_context(encoder, width_px, height_px, error);
	if (result)
		close_encoder(&encoder->base);
	else
		*ret_encoder = &encoder->base;
	return result;
}

/* ---- encoding ------------------------------------------------------------------------------- */

/* As a file has it; NULL: no memory. */
static const uint8_t *make_units(struct encoder *encoder, size_t *ret_bytes)
{
	const AVPacket *packet = encoder->packet;
	size_t room = oriel_nal_room((size_t)packet->size);

	if (room > encoder->units_room) {
		free(encoder->units);
		encoder->units = malloc(room);
		encoder->units_room = encoder->units ? room : 0;
	}
	if (encoder->units)
		*ret_bytes = oriel_nal_convert(packet->data, (size_t)packet->size, encoder->units);
	return encoder->units;
}

static int emit_packet(struct encoder *encoder, oriel_encoder_emit emit, void *emit_data)
{
	const AVPacket *packet = encoder->packet;
	const uint8_t *data = packet->data;
	size_t bytes = (size_t)packet->size;

	if (encoder->kind->is_stream)
		data = make_units(encoder, &bytes);
	if (!data)
		return -ENOMEM;
	return emit(emit_data, data, bytes, (uint64_t)packet->pts * 1000,
		packet->flags & AV_PKT_FLAG_KEY);
}

static int emit_packets(struct encoder *encoder, oriel_encoder_emit emit, void *emit_data,
	struct oriel_error *error)
{
	const struct oriel_avcodec_library *av = encoder->av;
	int result;

	for (;;) {
		result = av->avcodec_receive_packet(encoder->context, encoder->packet);
		if (result == AVERROR(EAGAIN) || result == AVERROR_EOF)
			return 0;
		if (result < 0)
			return set_av_error(encoder, result, "cannot encode a picture", error);
		result = emit_packet(encoder, emit, emit_data);
		av->av_packet_unref(encoder->packet);
		if (result)
			return result;
	}
}

/* The slot's memory is the tap's. */
static void keep(void *opaque, uint8_t *data)
{
}

static bool wrap(struct encoder *encoder, struct oriel_tap_slot *slot, uint64_t time_ns)
{
	size_t pitch_bytes = (size_t)slot->width_px * 4;
	AVFrame *frame = encoder->frame;

	frame->buf[0] = encoder->av->av_buffer_create(
		slot->pixels, pitch_bytes * slot->height_px, keep, NULL, 0);
	frame->data[0] = slot->pixels;
	frame->linesize[0] = (int)pitch_bytes;
	frame->width = (int)slot->width_px;
	frame->height = (int)slot->height_px;
	frame->format = AV_PIX_FMT_BGR0;
	frame->pts = (int64_t)(time_ns / 1000);
	return frame->buf[0];
}

static int encode(struct oriel_encoder *base, struct oriel_tap_slot *slot, uint64_t time_ns,
	oriel_encoder_emit emit, void *emit_data, struct oriel_error *error)
{
	struct encoder *encoder = (struct encoder *)base;
	const struct oriel_avcodec_library *av = encoder->av;
	int result;

	if (slot && !wrap(encoder, slot, time_ns))
		return oriel_error_set_errno(error, -ENOMEM, "cannot record");
	result = av->avcodec_send_frame(encoder->context, slot ? encoder->frame : NULL);
	av->av_frame_unref(encoder->frame);
	if (result < 0)
		return set_av_error(encoder, result, "cannot encode a picture", error);
	return emit_packets(encoder, emit, emit_data, error);
}

static void prepare(void)
{
	oriel_avcodec_library_get(NULL);
}

/* ---- the two -------------------------------------------------------------------------------- */

static int open_h264(struct oriel_encoder **ret_encoder, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	static const struct kind kind = {
		.ops = &oriel_encoder_h264,
		.library_name = "libx264rgb",
		.matroska_name = "V_MPEG4/ISO/AVC",
		.key_distance = KEY_DISTANCE,
		.side_min_px = 1,
		.side_max_px = 16384,
		.options = {{"preset", "ultrafast"}, {"tune", "zerolatency"}, {"qp", "0"}},
		.is_stream = true,
	};

	return open_kind(&kind, ret_encoder, width_px, height_px, error);
}

static int open_ffv1(struct oriel_encoder **ret_encoder, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	static const struct kind kind = {
		.ops = &oriel_encoder_ffv1,
		.library_name = "ffv1",
		.matroska_name = "V_FFV1",
		.key_distance = 1,
		/* A slice of a single row or column is lost. */
		.side_min_px = 8,
		.side_max_px = 65535,
		/* As many slices as it chooses: not every number goes with every size. */
		.options = {{"level", "3"}, {"coder", "rice"}},
	};

	return open_kind(&kind, ret_encoder, width_px, height_px, error);
}

const struct oriel_encoder_ops oriel_encoder_h264 = {
	.name = "h264",
	.prepare = prepare,
	.open = open_h264,
	.encode = encode,
	.close = close_encoder,
};

const struct oriel_encoder_ops oriel_encoder_ffv1 = {
	.name = "ffv1",
	.prepare = prepare,
	.open = open_ffv1,
	.encode = encode,
	.close = close_encoder,
};
