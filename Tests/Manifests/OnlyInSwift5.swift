// SPDX-License-Identifier: Apache-2.0
// What the language mode of Swift 5 takes and that of Swift 6 refuses: a variable that every thread may change.

var changedByAnyThread = 0
