/// Quantities for people: three significant digits and the unit that fits. For text that programs read,
/// format() of model/core/units.hpp is exact.
#pragma once
#include <cstdint>
#include <string>

#include "model/core/units.hpp"

namespace blkpath::cli {

std::string human_time(double ns);                     ///< "3.42 ms", "2.5 min"; "0" for zero
std::string human_bytes(double bytes);                 ///< "512 B", "24.3 KiB"
std::string human_count(double n);                     ///< "850", "12.3 k", "4.5 M": powers of 1000
std::string human_percent(double part, double whole);  ///< "12.3 %"; "-" when the whole is 0
std::string utc(std::int64_t unix_ns);                 ///< "2007-02-22 17:10:00.306 UTC"

}  // namespace blkpath::cli
