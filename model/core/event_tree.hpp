/// The pending events: one per slot, in a winner tree.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "model/core/units.hpp"

namespace blkpath {

/// Index of whatever may have one pending event: a request in flight, a child request, a stage's timer.
using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = ~Slot{0};

/// A complete binary tree whose leaves hold `time << kSlotBits | slot` and whose inner nodes hold the smaller
/// of their children, so the root is the next event. Moving one event costs log2(capacity) branch-free steps.
/// Events at the same instant fire in the order of their slots, which makes runs repeat exactly.
class EventTree {
 public:
  static constexpr int kSlotBits = 16;
  static constexpr Slot kMaxSlots = Slot{1} << kSlotBits;
  /// 78 hours: what is left of 64 bits for nanoseconds.
  static constexpr Time kMaxTime{(std::int64_t{1} << (64 - kSlotBits)) - 2};
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  /// Time and slot of the next event in one word; kNever when there is none.
  std::uint64_t next() const { return node_[1]; }
  static Instant time_of(std::uint64_t key) {
    return Instant{Time{static_cast<std::int64_t>(key >> kSlotBits)}};
  }
  static Slot slot_of(std::uint64_t key) { return static_cast<Slot>(key & (kMaxSlots - 1)); }
  bool empty() const { return next() == kNever; }
  Instant next_time() const { return time_of(next()); }
  Slot next_slot() const { return slot_of(next()); }

  void set(Slot slot, Instant at) {
    put(slot, static_cast<std::uint64_t>(at.time_since_epoch().count()) << kSlotBits | slot);
  }
  void clear(Slot slot) { put(slot, kNever); }
  bool pending(Slot slot) const { return node_[leaves_ + slot] != kNever; }

  /// Makes room for `slots` leaves; pending events stay.
  void grow(Slot slots) {
    Slot leaves = leaves_;
    while (leaves < slots) leaves *= 2;
    if (leaves == leaves_) return;
    std::vector<std::uint64_t> node(2 * leaves, kNever);
    std::copy(node_.begin() + leaves_, node_.end(), node.begin() + leaves);
    for (Slot i = leaves - 1; i >= 1; --i) node[i] = std::min(node[2 * i], node[2 * i + 1]);
    node_ = std::move(node);
    leaves_ = leaves;
  }

 private:
  void put(Slot slot, std::uint64_t key) {
    std::uint64_t* const node = node_.data();
    std::size_t i = leaves_ + slot;
    node[i] = key;
    do {
      i ^= 1;  // its sibling
      key = std::min(key, node[i]);
      i >>= 1;
      node[i] = key;
    } while (i > 1);
  }
  Slot leaves_ = 2;
  std::vector<std::uint64_t> node_ = std::vector<std::uint64_t>(4, kNever);
};

}  // namespace blkpath
