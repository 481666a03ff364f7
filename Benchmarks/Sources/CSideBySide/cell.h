// SPDX-License-Identifier: Apache-2.0
#ifndef SIDE_BY_SIDE_CELL_H
#define SIDE_BY_SIDE_CELL_H

#include "side_by_side.h"

// Makes a cell; its memory is the caller's until cell_free. Ends the process where there is none.
struct cell cell_make(size_t segments, size_t bytes);
void cell_free(struct cell *cell);

#endif
