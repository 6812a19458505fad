/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/soft/colour.h"

#include "present/soft/depth.h"

typedef double matrix[3][3];

static void multiply(matrix ret_product, const matrix a, const matrix b)
{
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
			ret_product[i][j] =
				a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
}

static double cofactor(const matrix a, int row, int column)
{
	int r1 = (row + 1) % 3, r2 = (row + 2) % 3, c1 = (column + 1) % 3, c2 = (column + 2) % 3;

	return a[r1][c1] * a[r2][c2] - a[r1][c2] * a[r2][c1];
}

static void invert(matrix ret_inverse, const matrix a)
{
	double determinant = 0;

	for (int i = 0; i < 3; i++)
		determinant += a[0][i] * cofactor(a, 0, i);
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
			ret_inverse[i][j] = cofactor(a, j, i) / determinant;
}

/* What the three kinds of cones make of red, green and blue (after Smith and Pokorny). */
static const matrix cones = {
	{17.8824, 43.5161, 4.11935}, {3.45565, 27.1554, 3.86714}, {0.0299566, 0.184309, 1.46709}};

/* What they tell where one kind is missing: it is made up from the others (after Vienot). */
static const matrix missing[] = {
	[ORIEL_COLOUR_BLIND_PROTAN] = {{0, 2.02344, -2.52581}, {0, 1, 0}, {0, 0, 1}},
	[ORIEL_COLOUR_BLIND_DEUTAN] = {{1, 0, 0}, {0.494207, 0, 1.24827}, {0, 0, 1}},
	[ORIEL_COLOUR_BLIND_TRITAN] = {{1, 0, 0}, {0, 1, 0}, {-0.395913, 0.801109, 0}},
};

/* To which channels goes what such eyes miss: of what red and green differ in, a part to blue and
 * to brightness; of what blue differs in, to red and green. */
static const matrix shifts[] = {
	[ORIEL_COLOUR_BLIND_PROTAN] = {{0, 0, 0}, {0.7, 1, 0}, {0.7, 0, 1}},
	[ORIEL_COLOUR_BLIND_DEUTAN] = {{1, 0.7, 0}, {0, 0, 0}, {0, 0.7, 1}},
	[ORIEL_COLOUR_BLIND_TRITAN] = {{1, 0, 0.7}, {0, 1, 0.7}, {0, 0, 0}},
};

/* What is seen plus what is missed, elsewhere: 1 + shift * (1 - seen). */
static void make_shift(matrix ret_result, enum oriel_colour_blind kind)
{
	matrix back, halfway, seen, missed, moved;

	invert(back, cones);
	multiply(halfway, missing[kind], cones);
	multiply(seen, (const double(*)[3])back, (const double(*)[3])halfway);
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
			missed[i][j] = (i == j) - seen[i][j];
	multiply(moved, shifts[kind], (const double(*)[3])missed);
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
			ret_result[i][j] = (i == j) + moved[i][j];
}

bool oriel_soft_colour_make(
	struct oriel_soft_colour *ret_colour, const struct oriel_colours *colours)
{
	matrix result = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
	double brightness = colours->brightness_percent ? colours->brightness_percent / 100.0 : 1.0;

	if (colours->blind == ORIEL_COLOUR_BLIND_NONE && brightness == 1.0)
		return false;
	if (colours->blind != ORIEL_COLOUR_BLIND_NONE)
		make_shift(result, colours->blind);
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
			ret_colour->matrix[i][j] = (float)(result[i][j] * brightness);
	return true;
}

static inline uint32_t mix(const float row[3], float red, float green, float blue, float max)
{
	float value = row[0] * red + row[1] * green + row[2] * blue + 0.5f;

	value = value < 0.0f ? 0.0f : value;
	return (uint32_t)(int32_t)(value > max ? max : value);
}

/* Numbers with a point: whole ones of this size have no vector instructions everywhere. Built once
 * for each depth, so that the shifts are known. */
static inline void apply(const struct oriel_soft_colour *colour, uint32_t *pixels, uint32_t count,
	const struct oriel_soft_depth depth)
{
	/* Beside the pixels the compiler would read it again for each. */
	struct oriel_soft_colour own = *colour;
	float max = (float)depth.max;

	for (uint32_t i = 0; i < count; i++) {
		float red = (float)(int32_t)(pixels[i] >> 2 * depth.bits & depth.max);
		float green = (float)(int32_t)(pixels[i] >> depth.bits & depth.max);
		float blue = (float)(int32_t)(pixels[i] & depth.max);

		pixels[i] = depth.opaque |
			    mix(own.matrix[0], red, green, blue, max) << 2 * depth.bits |
			    mix(own.matrix[1], red, green, blue, max) << depth.bits |
			    mix(own.matrix[2], red, green, blue, max);
	}
}

void oriel_soft_colour_apply_rt(
	const struct oriel_soft_colour *colour, uint32_t *pixels, uint32_t count)
{
	apply(colour, pixels, count, *oriel_soft_depth_get(false));
}

void oriel_soft_colour_apply_deep_rt(
	const struct oriel_soft_colour *colour, uint32_t *pixels, uint32_t count)
{
	apply(colour, pixels, count, *oriel_soft_depth_get(true));
}
