#include "aio/verifier.hpp"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace blkpath {
namespace {
constexpr std::uint64_t kMagic = 0x3170'6176'6b6c'62;  // "blkvap1"
constexpr std::uint32_t kUnknown = std::numeric_limits<std::uint32_t>::max();
}  // namespace

/// The bytes of one unit: who wrote it, then words that follow from that, then the checksum of all before it.
struct Verifier::Unit {
  std::uint64_t magic, seed;
  std::int64_t offset;
  std::uint64_t write;
  std::uint64_t data[kUnit / 8 - 5];
  std::uint64_t checksum;
  std::uint64_t sum() const { return XXH3_64bits(this, kUnit - sizeof checksum); }
};

Verifier::Verifier(Bytes start, Bytes size, std::uint64_t seed)
    : start_(start.n), seed_(seed), last_(static_cast<std::size_t>(size.n / kUnit)) {
  static_assert(sizeof(Unit) == kUnit);
}

std::size_t Verifier::index(std::int64_t offset) const {
  return static_cast<std::size_t>((offset - start_) / kUnit);
}

void Verifier::stamp(char* buffer, std::int64_t offset, std::uint32_t length) {
  ++writes_;
  for (std::uint32_t at = 0; at < length; at += kUnit) {
    Unit unit;
    unit.magic = kMagic;
    unit.seed = seed_;
    unit.offset = offset + at;
    unit.write = writes_;
    std::uint64_t x = seed_ ^ static_cast<std::uint64_t>(unit.offset) ^ unit.write << 40;
    for (std::uint64_t& word : unit.data) word = x = x * 0x9e3779b97f4a7c15u + 1;
    unit.checksum = unit.sum();
    std::memcpy(buffer + at, &unit, sizeof unit);
    last_[index(offset + at)] = writes_;
  }
}

void Verifier::forget(std::int64_t offset, std::uint32_t length, std::uint32_t done) {
  for (std::uint32_t at = done / kUnit * kUnit; at < length; at += kUnit)
    last_[index(offset + at)] = kUnknown;
}

std::string Verifier::check(const char* buffer, std::int64_t offset, std::uint32_t length) {
  std::string first;
  for (std::uint32_t at = 0; at < length; at += kUnit) {
    const std::uint32_t expected = last_[index(offset + at)];
    if (expected == 0 || expected == kUnknown) continue;
    Unit unit;
    std::memcpy(&unit, buffer + at, sizeof unit);
    std::string problem;
    if (unit.magic != kMagic)
      problem = "none of the data that were written stand there";
    else if (unit.checksum != unit.sum())
      problem = "the data are damaged, their checksum is wrong";
    else if (unit.offset != offset + at)
      problem = fmt::format("data of offset {} stand there", unit.offset);
    else if (unit.seed != seed_)
      problem = fmt::format("write {} of this run was lost, an earlier run's data stand there", expected);
    else if (unit.write != expected)
      problem = fmt::format("write {} of this run was lost, write {} stands there", expected, unit.write);
    if (problem.empty()) {
      ++checked_;
      continue;
    }
    ++bad_;
    if (first.empty()) first = fmt::format("at {}: {}", offset + at, problem);
  }
  return first;
}

Verifier::Stretch Verifier::next_written(std::int64_t from, std::uint32_t most) const {
  const auto written = [](std::uint32_t write) { return write != 0 && write != kUnknown; };
  const auto begin =
      std::find_if(last_.begin() + static_cast<std::ptrdiff_t>(index(from)), last_.end(), written);
  if (begin == last_.end()) return {};
  const auto room = std::min<std::ptrdiff_t>(last_.end() - begin, std::max<std::uint32_t>(1, most / kUnit));
  const auto end = std::find_if_not(begin, begin + room, written);
  return {start_ + (begin - last_.begin()) * kUnit, static_cast<std::uint32_t>((end - begin) * kUnit)};
}

}  // namespace blkpath
