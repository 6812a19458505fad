/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GPUs and IOMMU groups as JSON. Thread: main. */
#ifndef ORIEL_CLI_HOST_GPU_JSON_H
#define ORIEL_CLI_HOST_GPU_JSON_H

#include "cli/json.h"
#include "host/gpu.h"
#include "host/iommu.h"

struct oriel_gpu_facts {
	const GPtrArray *gpus; /* struct oriel_gpu * */
	const struct oriel_iommu *iommu;
};

/* Adds an object. */
void oriel_gpu_json_add(
	JsonBuilder *builder, const struct oriel_gpu_facts *facts, const struct oriel_gpu *gpu);
/* Adds "gpus": [...]. */
void oriel_gpu_json_add_all(JsonBuilder *builder, const struct oriel_gpu_facts *facts);
/* Adds an object. */
void oriel_gpu_json_add_iommu(JsonBuilder *builder, const struct oriel_iommu *iommu);

#endif
