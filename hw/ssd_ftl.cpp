#include "hw/ssd_ftl.hpp"

#include <algorithm>

namespace blkpath {

SsdFtl::SsdFtl(const SsdParams& p)
    : SsdFtl(Shape{.dies = static_cast<std::uint32_t>(p.dies()),
                   .blocks = static_cast<std::uint32_t>(p.blocks_per_plane),
                   .pages = static_cast<std::uint32_t>(p.pages_per_block),
                   .page_units = static_cast<std::uint32_t>(p.page_units()),
                   .logical_units = static_cast<std::uint32_t>(p.logical_units()),
                   .gc_start = static_cast<std::uint32_t>(p.gc_start),
                   .gc_idle = static_cast<std::uint32_t>(p.gc_idle),
                   .policy = p.gc_policy}) {}

SsdFtl::SsdFtl(const Shape& shape)
    : s_(shape),
      block_units_(shape.pages * shape.page_units),
      die_units_(shape.blocks * block_units_),
      map_(shape.logical_units, kNowhere),
      logical_(std::size_t{shape.dies} * die_units_),
      valid_(shape.dies * shape.blocks),
      filled_(shape.dies * shape.blocks),
      dies_(shape.dies) {
  for (std::uint32_t d = 0; d < s_.dies; ++d) {
    dies_[d].gathered.reserve(2 * s_.page_units);
    for (std::uint32_t b = 0; b < s_.blocks; ++b) dies_[d].free.push_back(d * s_.blocks + b);
  }
}

double SsdFtl::write_amplification() const {
  if (counts_.host_units == 0) return 1;
  return static_cast<double>((counts_.host_pages + counts_.gc_pages) * s_.page_units) /
         static_cast<double>(counts_.host_units);
}

SsdFtl::Unit SsdFtl::next_page(Die& die, OpenBlock& open) {
  if (open.block == kNoBlock) {
    open = {die.free.front(), 0};
    die.free.erase(die.free.begin());  // few, and once for a whole block
  }
  const Unit at = (open.block * s_.pages + open.page) * s_.page_units;
  ++clock_;
  if (++open.page == s_.pages) {
    filled_[open.block] = clock_;
    open.block = kNoBlock;
  }
  return at;
}

SsdFtl::Unit SsdFtl::write(std::uint32_t d, std::span<const Unit> logical) {
  Die& die = dies_[d];
  const Unit at = next_page(die, die.host);
  std::uint32_t placed = 0;
  Unit to = at;
  for (const Unit unit : logical) {
    if (unit != kNowhere) {
      place(unit, to);
      ++placed;
    }
    ++to;
  }
  valid_[at / block_units_] += placed;
  counts_.host_units += placed;
  ++counts_.host_pages;
  if (die.free.size() < s_.gc_start && (die.victim != kNoBlock || choose_victim(d)))
    die.owed += static_cast<double>(s_.page_units) * die.victim_valid / (block_units_ - die.victim_valid);
  return at;
}

// The map is looked up at random and much larger than a cache: half of the collector's time was spent on
// that.
void SsdFtl::prefetch(Unit page) const {
  for (Unit at = page; at < page + s_.page_units; ++at) __builtin_prefetch(&map_[logical_[at]]);
}

SsdFtl::GcStep SsdFtl::gc_step(std::uint32_t d) {
  Die& die = dies_[d];
  if (die.victim == kNoBlock && !choose_victim(d)) return {};
  std::erase_if(die.gathered, [this](Unit at) { return !valid(at); });  // overwritten since it was read
  for (; die.gathered.size() < s_.page_units && die.victim_page < s_.pages; ++die.victim_page) {
    const Unit first = (die.victim * s_.pages + die.victim_page) * s_.page_units;
    const std::size_t before = die.gathered.size();
    if (die.victim_page + 1 < s_.pages) prefetch(first + s_.page_units);
    for (Unit at = first; at < first + s_.page_units; ++at)
      if (valid(at)) die.gathered.push_back(at);
    if (die.gathered.size() == before) continue;
    ++die.victim_page;
    return {GcStep::read, static_cast<std::uint32_t>(die.gathered.size() - before), kNowhere};
  }
  if (!die.gathered.empty()) {
    const std::size_t n = std::min<std::size_t>(die.gathered.size(), s_.page_units);
    const Unit at = next_page(die, die.gc);
    for (std::size_t i = 0; i < n; ++i) place(logical_[die.gathered[i]], at + static_cast<Unit>(i));
    die.gathered.erase(die.gathered.begin(), die.gathered.begin() + static_cast<std::ptrdiff_t>(n));
    valid_[at / block_units_] += static_cast<std::uint32_t>(n);
    die.owed -= static_cast<double>(n);
    counts_.gc_units += n;
    ++counts_.gc_pages;
    return {GcStep::program, static_cast<std::uint32_t>(n), at};
  }
  filled_[die.victim] = 0;
  die.free.push_back(die.victim);
  die.victim = kNoBlock;
  ++counts_.erases;
  return {GcStep::erase, 0, kNowhere};
}

bool SsdFtl::choose_victim(std::uint32_t d) {
  Die& die = dies_[d];
  const std::uint32_t first = d * s_.blocks, end = first + s_.blocks;
  die.victim = s_.policy == GcPolicy::greedy ? emptiest(first, end) : best_ratio(first, end);
  if (die.victim == kNoBlock) return false;
  die.victim_valid = valid_[die.victim];
  die.victim_page = 0;
  return true;
}

// Both look at every block of the die. That happens once for each block that is reclaimed, after some hundred
// or thousand units were written; lists by valid count would cost something at every write.
std::uint32_t SsdFtl::emptiest(std::uint32_t first, std::uint32_t end) const {
  std::uint32_t best = kNoBlock, least = block_units_ - s_.page_units + 1;  // it must yield a page
  for (std::uint32_t b = first; b < end; ++b)
    if (valid_[b] < least && filled_[b] != 0) {
      best = b;
      least = valid_[b];
    }
  return best;
}

// Kawaguchi, Nishioka, Motoda, "A flash-memory based file system", USENIX 1995: benefit over cost is
// age (1 - u) / 2u, u being the part that is valid, read and written again. Age counts from when it was full.
std::uint32_t SsdFtl::best_ratio(std::uint32_t first, std::uint32_t end) const {
  std::uint32_t best = kNoBlock;
  double most = 0;
  for (std::uint32_t b = first; b < end; ++b) {
    if (filled_[b] == 0 || valid_[b] > block_units_ - s_.page_units) continue;
    if (valid_[b] == 0) return b;
    const auto age = static_cast<double>(clock_ - filled_[b] + 1);
    const double ratio = age * (block_units_ - valid_[b]) / (2.0 * valid_[b]);
    if (ratio > most) {
      best = b;
      most = ratio;
    }
  }
  return best;
}

}  // namespace blkpath
