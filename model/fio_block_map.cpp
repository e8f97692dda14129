#include "model/fio_block_map.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <stdexcept>

namespace blkpath {

BlockMap::BlockMap(std::int64_t blocks) : blocks_(blocks) {
  for (std::int64_t bits = blocks; levels_.empty() || bits > 1; bits = (bits + 63) / 64)
    levels_.emplace_back(static_cast<std::size_t>((bits + 63) / 64));
  clear();
}

void BlockMap::clear() {
  std::int64_t bits = blocks_;
  for (auto& level : levels_) {
    std::fill(level.begin(), level.end(), 0u);
    // What the last word has beyond the end is never free.
    if (bits % 64 != 0) level.back() = ~std::uint64_t{0} << (bits % 64);
    bits = (bits + 63) / 64;
  }
}

void BlockMap::set(std::int64_t block) {
  for (auto& level : levels_) {
    std::uint64_t& w = level[word(block)];
    w |= std::uint64_t{1} << bit(block);
    if (~w != 0) return;
    block >>= 6;
  }
}

std::int64_t BlockMap::mark(std::int64_t first, std::int64_t count) {
  std::int64_t done = 0;
  for (; done < count && first + done < blocks_ && !used(first + done); ++done) set(first + done);
  return done;
}

std::int64_t BlockMap::free_from(std::int64_t block) const {
  std::int64_t i = block;
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    if (word(i) >= levels_[level].size()) return -1;
    const std::uint64_t free = ~levels_[level][word(i)] >> bit(i);
    if (free != 0) {
      i += std::countr_zero(free);
      for (; level > 0; --level) {
        const auto w = static_cast<std::size_t>(i);
        i = i * 64 + std::countr_one(levels_[level - 1][w]);
      }
      return i;
    }
    i = static_cast<std::int64_t>(word(i)) + 1;
  }
  return -1;
}

std::int64_t BlockMap::next_free(std::int64_t block) const {
  const std::int64_t found = free_from(block);
  return found >= 0 ? found : free_from(0);
}

BlockLfsr::BlockLfsr(std::int64_t blocks, std::uint64_t seed) : blocks_(blocks), left_(blocks) {
  static constexpr std::array<std::array<int, 6>, 38> kTaps{{
      {3, 2},        {4, 3},           {5, 3},           {6, 5},          {7, 6},
      {8, 6, 5, 4},  {9, 5},           {10, 7},          {11, 9},         {12, 6, 4, 1},
      {13, 4, 3, 1}, {14, 5, 3, 1},    {15, 14},         {16, 15, 13, 4}, {17, 14},
      {18, 11},      {19, 6, 2, 1},    {20, 17},         {21, 19},        {22, 21},
      {23, 18},      {24, 23, 22, 17}, {25, 22},         {26, 6, 2, 1},   {27, 5, 2, 1},
      {28, 25},      {29, 27},         {30, 6, 4, 1},    {31, 28},        {32, 22, 2, 1},
      {33, 20},      {34, 27, 2, 1},   {35, 33},         {36, 25},        {37, 5, 4, 3, 2, 1},
      {38, 6, 5, 1}, {39, 35},         {40, 38, 21, 19},
  }};
  const int bits = std::max(3, 64 - std::countl_zero(static_cast<std::uint64_t>(blocks)));
  if (bits > 40) throw std::invalid_argument("random_generator=lfsr: more than 2^40 blocks");
  for (const int tap : kTaps[static_cast<std::size_t>(bits - 3)])
    if (tap > 0) taps_ |= std::uint64_t{1} << (tap - 1);
  state_ = seed % ((std::uint64_t{1} << bits) - 1) + 1;
}

std::int64_t BlockLfsr::next() {
  if (left_ == 0) return -1;
  --left_;
  do {
    state_ = (state_ >> 1) ^ ((state_ & 1u) ? taps_ : 0);
  } while (state_ > static_cast<std::uint64_t>(blocks_));
  return static_cast<std::int64_t>(state_) - 1;
}

}  // namespace blkpath
