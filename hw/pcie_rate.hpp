/// What the lanes of PCI Express carry.
#pragma once
#include <array>
#include <cstdint>

#include "model/core/units.hpp"

namespace blkpath {

/// Byte rate after line coding, one way: 2.5 and 5 GT/s with 8b/10b, 8, 16 and 32 GT/s with 128b/130b.
/// @param generation  1 to 5
constexpr ByteRate pcie_rate(int generation, int lanes) {
  constexpr std::array<std::int64_t, 5> kLane{250'000'000, 500'000'000, 984'615'384, 1'969'230'769,
                                              3'938'461'538};
  return ByteRate{kLane[static_cast<std::size_t>(generation - 1)] * lanes};
}

}  // namespace blkpath
