#include "model/trace_remap.hpp"

#include <algorithm>
#include <stdexcept>

namespace blkpath {
namespace {
constexpr std::int64_t kMaxAlignment = 1 << 20;

std::int64_t alignment_of(std::int64_t offset, std::uint32_t length) {
  const std::int64_t bits = offset | std::int64_t{length} | kMaxAlignment;
  return bits & -bits;
}
std::int64_t whole(std::int64_t n, std::int64_t unit) { return n - n % unit; }
}  // namespace

TraceRemap::TraceRemap(const ReplaySpec& spec, Bytes device, Bytes span)
    : spec_(spec),
      room_((device - spec.offset).n),
      span_(span.n),
      modulus_(room_ >= kMaxAlignment ? whole(room_, kMaxAlignment) : room_) {
  if (room_ <= 0)
    throw std::invalid_argument("offset " + format(spec.offset) +
                                " leaves nothing of the device, which has " + format(device));
  if (spec.remap == Remap::scale && span_ <= 0)
    throw std::invalid_argument("'scale' needs a trace with a span");
}

std::optional<std::int64_t> TraceRemap::place(std::int64_t offset, std::uint32_t length) const {
  offset = divided(spec_, offset);
  const std::int64_t last = room_ - std::int64_t{length};  // the last offset at which it fits
  if (last < 0) return std::nullopt;
  const std::int64_t shift = spec_.offset.n;
  if (spec_.remap == Remap::none) return offset > last ? std::nullopt : std::optional(shift + offset);
  const std::int64_t alignment = alignment_of(offset, length);
  if (spec_.remap == Remap::wrap)
    offset %= modulus_;
  else
    offset = static_cast<std::int64_t>(static_cast<__int128>(offset) * room_ / span_);
  return shift + whole(std::min(offset, last), alignment);
}

}  // namespace blkpath
