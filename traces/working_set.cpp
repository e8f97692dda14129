#include "traces/working_set.hpp"

#include <bit>
#include <cmath>
#include <utility>

namespace blkpath {
namespace {
constexpr std::size_t kFirstSlots = 1 << 12;
}

WorkingSet::WorkingSet(std::size_t most_slots)
    : slots_(std::min(kFirstSlots, most_slots)), mask_(slots_.size() - 1), most_slots_(most_slots) {}

WorkingSet::Slot& WorkingSet::find(std::uint64_t key) {
  std::size_t i = key & mask_;
  while (slots_[i].key != key && slots_[i].key != 0) i = (i + 1) & mask_;
  return slots_[i];
}

void WorkingSet::touch(std::uint64_t key, std::uint64_t blocks, bool write) {
  if (!sampled(key)) return;
  Slot* slot = &find(key);
  if (slot->key == 0) {
    if (used_ >= slots_.size() / 4 * 3) {
      make_room();
      if (!sampled(key)) return;
      slot = &find(key);
    }
    slot->key = key;
    ++used_;
  }
  std::uint64_t& seen = write ? slot->written : slot->read;
  if ((seen & blocks) != 0)
    (write ? sum_.written_again : sum_.read_again) += std::popcount(seen & blocks) / sum_.sampling_rate;
  seen |= blocks;
}

void WorkingSet::make_room() {
  const bool full = slots_.size() >= most_slots_;
  if (full) {
    sum_.sampling_rate /= 2;
    left_out_ = left_out_ >> 1 | std::uint64_t{1} << 63;
  }
  std::vector<Slot> old(full ? slots_.size() : slots_.size() * 2);
  std::swap(old, slots_);
  mask_ = slots_.size() - 1;
  used_ = 0;
  for (const Slot& slot : old) {
    if (slot.key == 0 || !sampled(slot.key)) continue;
    find(slot.key) = slot;
    ++used_;
  }
}

WorkingSet::Summary WorkingSet::summary() const {
  Summary all = sum_;
  for (const Slot& slot : slots_)
    for (const auto& [count, bits] :
         {std::pair{&all.touched, slot.read | slot.written}, std::pair{&all.read, slot.read},
          std::pair{&all.written, slot.written}}) {
      const double blocks = std::popcount(bits);
      count->blocks += blocks;
      count->standard_error += blocks * blocks;
    }
  for (Count* count : {&all.touched, &all.read, &all.written}) {
    count->blocks /= all.sampling_rate;
    count->standard_error = std::sqrt(count->standard_error * (1 - all.sampling_rate)) / all.sampling_rate;
  }
  return all;
}

}  // namespace blkpath
