// SPDX-License-Identifier: Apache-2.0
#include "statistics.h"

#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double quantile(const double *values, size_t count, double q)
{
    double sorted[MOST_ROUNDS];
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, ascending);
    return sorted[(size_t)(q * (double)(count - 1) + 0.5)];
}

double median_ratio(const double *values, const double *reference, size_t count)
{
    double ratios[MOST_ROUNDS];
    for (size_t i = 0; i < count; i++)
        ratios[i] = values[i] / reference[i];
    return quantile(ratios, count, 0.5);
}
