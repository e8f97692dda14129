/// Seeded random streams, one per stage: adding a stage does not disturb the numbers another one draws.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "model/core/units.hpp"

namespace blkpath {

/// xoshiro256++ (Blackman & Vigna 2019), seeded by splitmix64 from a run's seed and a stream's name.
class Random {
 public:
  Random() : Random(0, "") {}
  Random(std::uint64_t seed, std::string_view stream) {
    std::uint64_t x = seed ^ 0xcbf29ce484222325u;  // FNV-1a over the stream's name
    for (const char c : stream) x = (x ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    for (std::uint64_t& word : s_) word = splitmix(x);
  }

  std::uint64_t bits() {
    const std::uint64_t result = std::rotl(s_[0] + s_[3], 23) + s_[0], t = s_[1] << 17;
    s_[2] ^= s_[0];
    s_[3] ^= s_[1];
    s_[1] ^= s_[2];
    s_[0] ^= s_[3];
    s_[2] ^= t;
    s_[3] = std::rotl(s_[3], 45);
    return result;
  }
  /// Uniform integer in [0, n), n > 0 (Lemire's multiply-shift; bias below n / 2^64).
  std::uint64_t below(std::uint64_t n) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(bits()) * n) >> 64);
  }
  /// Uniform in [0, 1), 53 bits.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  /// Exponential with the given mean, rounded to a nanosecond.
  Time exponential(Time mean) {
    return Time{std::llround(-std::log1p(-uniform()) * static_cast<double>(mean.count()))};
  }

 private:
  static std::uint64_t splitmix(std::uint64_t& x) {
    std::uint64_t z = (x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::uint64_t s_[4];
};

}  // namespace blkpath
