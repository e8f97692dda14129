/// Numbers as fio writes them. Where fio skips what it cannot read ('1.5k' is 1, '16q' is 16), this refuses.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/core/units.hpp"

namespace blkpath::fio {

// Each throws std::invalid_argument whose message continues a sentence that begins with the value: "is not a
// size".

/// A count or a number of bytes: 16k, 0x1000, (4*1024), with a leading '-' or '+' at will.
/// @param kb_base  1024 or 1000: what `k` and `ki` stand for; `kib` is the other one, as in fio's parser
std::int64_t parse_number(std::string_view text, int kb_base);

/// 30, 30s, 500ms, 10us, 2m, 1h, 1d or (2*60); @param unit of a bare number
Time parse_duration(std::string_view text, Time unit);

/// A finite decimal number, 99.9 or 1e-3.
double parse_decimal(std::string_view text);

/// Whether `text` is arithmetic of plain numbers, and then its value; for `$ncpus*2`, which fio hands to bc.
bool evaluate_plain(std::string_view text, std::int64_t* value);

std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);

}  // namespace blkpath::fio
