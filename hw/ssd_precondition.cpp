#include <algorithm>
#include <cmath>
#include <vector>

#include "hw/ssd_ftl.hpp"

namespace blkpath {
namespace {

using Unit = SsdFtl::Unit;

/// Lets the collector of a die go as far as it would be in a run.
void keep_pace(SsdFtl& ftl, std::uint32_t die) {
  while ((ftl.gc_behind(die) || !ftl.can_write(die)) && ftl.gc_step(die).kind != SsdFtl::GcStep::none)
    continue;
}

/// Fills a drive, dealing pages of host data to the dies in turn.
class Filler {
 public:
  explicit Filler(SsdFtl& ftl) : ftl_(ftl) { page_.reserve(ftl.shape().page_units); }
  /// @param logical  kNowhere leaves the place empty
  void put(Unit logical) {
    page_.push_back(logical);
    if (page_.size() == ftl_.shape().page_units) flush();
  }
  void flush() {
    if (page_.empty()) return;
    keep_pace(ftl_, die_);
    ftl_.write(die_, page_);
    page_.clear();
    die_ = (die_ + 1) % ftl_.shape().dies;
  }

 private:
  SsdFtl& ftl_;
  std::uint32_t die_ = 0;
  std::vector<Unit> page_;
};

/// The part of a block that is still valid when it is collected, if `used` of the blocks on average is. Under
/// uniform writes a unit survives for an exponential time, and with large blocks the collector takes them at
/// one age, so the ages are uniform and used = (1 - v) / -ln v. (The closed form of v is in
/// ssd_ftl_test.cpp.)
double valid_when_collected(double used) {
  double low = 0, high = 1;
  for (int i = 0; i < 60; ++i) {
    const double v = (low + high) / 2;
    ((1 - v) / -std::log(v) < used ? low : high) = v;
  }
  return low;
}

/// All units once, in an order that is random enough: each comes from a part of the drive that is drawn, in
/// which they follow one another. A shuffle would miss the cache at each of them, for a second or two in all.
class Scattered {
 public:
  Scattered(Unit units, Random& random) : random_(random) {
    const Unit step = units / kParts + 1;
    for (Unit first = 0; first < units; first += step)
      parts_.push_back({first, std::min(first + step, units)});
  }
  bool empty() const { return parts_.empty(); }
  Unit next() {
    Part& part = parts_[random_.below(parts_.size())];
    const Unit unit = part.next++;
    if (part.next == part.end) {
      part = parts_.back();
      parts_.pop_back();
    }
    return unit;
  }

 private:
  static constexpr Unit kParts = 4096;  // a cache line for each of them fits into the second-level cache
  struct Part {
    Unit next, end;
  };
  Random& random_;
  std::vector<Part> parts_;
};

void fill_at_random(SsdFtl& ftl, Random& random) {
  const SsdFtl::Shape& s = ftl.shape();
  Scattered units(s.logical_units, random);
  Filler filler(ftl);
  const std::uint32_t blocks = s.blocks - s.gc_start;  // of a die, from the oldest on
  const std::uint64_t places = std::uint64_t{s.dies} * s.pages * s.page_units;  // of a block in each die
  const double v = valid_when_collected(s.logical_units / static_cast<double>(places * blocks));
  for (std::uint32_t b = 0; b < blocks; ++b) {
    const double survives = std::pow(v, (blocks - b - 0.5) / blocks);
    for (std::uint64_t i = 0; i < places; ++i)
      filler.put(!units.empty() && random.uniform() < survives ? units.next() : SsdFtl::kNowhere);
  }
  while (!units.empty()) filler.put(units.next());  // chance left some over
  filler.flush();
}

/// Random writes, each page on a die that is drawn, so that the dies' collectors are not in step.
void overwrite(SsdFtl& ftl, Random& random, Unit count) {
  std::vector<Unit> page(ftl.shape().page_units);
  for (Unit i = 0; i < count / page.size(); ++i) {
    for (Unit& unit : page) unit = static_cast<Unit>(random.below(ftl.shape().logical_units));
    const auto die = static_cast<std::uint32_t>(random.below(ftl.shape().dies));
    keep_pace(ftl, die);
    if (ftl.can_write(die)) ftl.write(die, page);
  }
  for (std::uint32_t die = 0; die < ftl.shape().dies; ++die) keep_pace(ftl, die);
}

}  // namespace

void precondition(SsdFtl& ftl, Precondition how, Random& random) {
  if (how == Precondition::sequential) {
    Filler filler(ftl);
    for (Unit unit = 0; unit < ftl.shape().logical_units; ++unit) filler.put(unit);
    filler.flush();
  } else if (how == Precondition::random) {
    fill_at_random(ftl, random);
    overwrite(ftl, random, ftl.shape().logical_units / 8);
  }
  ftl.reset_counts();
}

}  // namespace blkpath
