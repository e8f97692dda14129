/// Fibre Channel's speeds, and how long its frames take.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "model/core/params.hpp"
#include "model/core/units.hpp"

namespace blkpath {

enum class FcSpeed : std::uint8_t { fc1, fc2, fc4, fc8, fc16, fc32 };
template <>
struct EnumNames<FcSpeed> {
  static constexpr std::array<std::pair<std::string_view, FcSpeed>, 6> names{{{"1GFC", FcSpeed::fc1},
                                                                              {"2GFC", FcSpeed::fc2},
                                                                              {"4GFC", FcSpeed::fc4},
                                                                              {"8GFC", FcSpeed::fc8},
                                                                              {"16GFC", FcSpeed::fc16},
                                                                              {"32GFC", FcSpeed::fc32}}};
};

/// Bytes per second after line coding. 1.0625 GBd and its multiples with 8b/10b up to 8GFC (FC-PI to
/// FC-PI-4); 14.025 GBd with 64b/66b (FC-PI-5); 28.05 GBd with 256b/257b and RS(528,514), which together
/// leave 64/66, too (FC-PI-6).
constexpr ByteRate byte_rate(FcSpeed speed) {
  constexpr std::array<std::int64_t, 6> kBaud{1'062'500'000, 2'125'000'000,  4'250'000'000,
                                              8'500'000'000, 14'025'000'000, 28'050'000'000};
  const std::int64_t baud = kBaud[static_cast<std::size_t>(speed)];
  return ByteRate{speed <= FcSpeed::fc8 ? baud / 10 : baud / 66 * 8};
}
/// `rate`, or where that is 0, what `speed` gives.
constexpr ByteRate byte_rate(FcSpeed speed, ByteRate rate) {
  return rate.per_second > 0 ? rate : byte_rate(speed);
}

/// Times of frames at a rate.
class FcFrames {
 public:
  /// @param least  a sender does not begin frames of data at shorter intervals, for want of credit
  FcFrames(ByteRate rate, Bytes payload, Bytes overhead, Time least = Time{0})
      : rate_(rate),
        payload_(payload),
        overhead_(overhead),
        least_(least),
        full_(std::max(least, (payload + overhead) / rate)),
        small_((Bytes{32} + overhead) / rate) {}

  /// FCP_CMND, FCP_XFER_RDY and FCP_RSP are about 32 bytes.
  Time small_frame() const { return small_; }
  Time data(std::int64_t length) const {
    const std::int64_t full = length / payload_.n, rest = length % payload_.n;
    return full_ * full + (rest ? std::max(least_, (Bytes{rest} + overhead_) / rate_) : Time{0});
  }
  Bytes payload() const { return payload_; }

 private:
  ByteRate rate_;
  Bytes payload_, overhead_;
  Time least_, full_, small_;
};

}  // namespace blkpath
