#include "model/dirty_map.hpp"

#include <algorithm>
#include <bit>

namespace blkpath {

namespace {
constexpr std::uint64_t kAll = ~std::uint64_t{0};
/// Bits `bit` and above.
constexpr std::uint64_t from_bit(int bit) { return kAll << bit; }
/// `n` bits (1 to 64) from `bit` on.
constexpr std::uint64_t bits(int bit, std::int64_t n) { return (kAll >> (64 - n)) << bit; }
constexpr int word_of(Page page) { return static_cast<int>(page >> 6) & 63; }
constexpr int bit_of(Page page) { return static_cast<int>(page) & 63; }
constexpr int child_of(Page block, int level) { return static_cast<int>(block >> (6 * (level - 1))) & 63; }
}  // namespace

DirtyMap::Index DirtyMap::walk(Page block) const {
  if (root_ == kNone || (block >> (6 * height_)) != 0) return kNone;
  Index at = root_;
  for (int level = height_; level > 0; --level) {
    const Node& node = nodes_[at];
    const int i = child_of(block, level);
    if ((node.summary >> i & 1) == 0) return kNone;
    at = node.child[static_cast<std::size_t>(i)];
  }
  finger_block_ = block;
  return finger_ = at;
}

DirtyMap::Index DirtyMap::take_leaf() {
  if (free_leaf_ == kNone) {
    leaves_.emplace_back();
    return static_cast<Index>(leaves_.size() - 1);
  }
  const Index leaf = free_leaf_;
  free_leaf_ = leaves_[leaf].next_free;
  return leaf;
}

DirtyMap::Index DirtyMap::take_node() {
  if (free_nodes_.empty()) {
    nodes_.emplace_back();
    return static_cast<Index>(nodes_.size() - 1);
  }
  const Index node = free_nodes_.back();
  free_nodes_.pop_back();
  return node;
}

DirtyMap::Index DirtyMap::find_or_make(Page block) {
  if (const Index found = find(block); found != kNone) return found;
  for (; (block >> (6 * height_)) != 0; ++height_) {
    if (root_ == kNone) continue;
    const Index top = take_node();
    nodes_[top].summary = 1;
    nodes_[top].child[0] = root_;
    root_ = top;
  }
  if (root_ == kNone) root_ = height_ > 0 ? take_node() : take_leaf();
  Index at = root_;
  for (int level = height_; level > 0; --level) {
    const auto i = static_cast<std::size_t>(child_of(block, level));
    if ((nodes_[at].summary >> i & 1) == 0) {
      const Index made = level > 1 ? take_node() : take_leaf();
      nodes_[at].summary |= std::uint64_t{1} << i;
      nodes_[at].child[i] = made;
    }
    at = nodes_[at].child[i];
  }
  finger_block_ = block;
  return finger_ = at;
}

void DirtyMap::drop(Page block) {
  std::array<Index, 10> path{};  // 52 bits of page number less 12 in the leaf, 6 a level
  Index at = root_;
  for (int level = height_; level > 0; --level) {
    path[static_cast<std::size_t>(level)] = at;
    at = nodes_[at].child[static_cast<std::size_t>(child_of(block, level))];
  }
  leaves_[at].next_free = free_leaf_;
  free_leaf_ = at;
  finger_block_ = -1;
  for (int level = 1; level <= height_; ++level) {
    const Index parent = path[static_cast<std::size_t>(level)];
    nodes_[parent].summary &= ~(std::uint64_t{1} << child_of(block, level));
    if (nodes_[parent].summary != 0) return;
    free_nodes_.push_back(parent);
  }
  root_ = kNone;
}

bool DirtyMap::test(Page page) const {
  const Index leaf = find(page >> kLeafShift);
  return leaf != kNone &&
         (leaves_[leaf].words[static_cast<std::size_t>(word_of(page))] >> bit_of(page) & 1) != 0;
}

std::int64_t DirtyMap::set(PageRange range, std::uint32_t stamp) {
  std::int64_t added = 0;
  for (Page page = range.first; page < range.end();) {
    Leaf& leaf = leaves_[find_or_make(page >> kLeafShift)];
    const int w = word_of(page), bit = bit_of(page);
    const std::int64_t n = std::min<std::int64_t>(range.end() - page, 64 - bit);
    const std::uint64_t mask = bits(bit, n);
    std::uint64_t& word = leaf.words[static_cast<std::size_t>(w)];
    if (word == 0) leaf.stamps[static_cast<std::size_t>(w)] = stamp;
    added += (word & mask) == 0 ? n : std::popcount(mask & ~word);
    word |= mask;
    leaf.summary |= std::uint64_t{1} << w;
    page += n;
  }
  count_ += added;
  return added;
}

std::int64_t DirtyMap::clear(PageRange range) {
  std::int64_t removed = 0;
  for (Page page = range.first; page < range.end();) {
    const Page block = page >> kLeafShift;
    const Index found = find(block);
    if (found == kNone) {
      page = (block + 1) << kLeafShift;
      continue;
    }
    Leaf& leaf = leaves_[found];
    const int w = word_of(page), bit = bit_of(page);
    const std::int64_t n = std::min<std::int64_t>(range.end() - page, 64 - bit);
    const std::uint64_t mask = bits(bit, n);
    std::uint64_t& word = leaf.words[static_cast<std::size_t>(w)];
    removed += (word & mask) == mask ? n : std::popcount(mask & word);
    word &= ~mask;
    page += n;
    if (word != 0) continue;
    leaf.summary &= ~(std::uint64_t{1} << w);
    if (leaf.summary == 0) drop(block);
  }
  count_ -= removed;
  return removed;
}

bool DirtyMap::seek(Index at, int level, Page& block, Index& leaf) const {
  if (level == 0) {
    leaf = at;
    return true;
  }
  const Node& node = nodes_[at];
  const int want = child_of(block, level), shift = 6 * (level - 1);
  for (std::uint64_t left = node.summary & from_bit(want); left != 0; left &= left - 1) {
    const int i = std::countr_zero(left);
    if (i != want) block = ((block >> (shift + 6) << 6) + i) << shift;
    if (seek(node.child[static_cast<std::size_t>(i)], level - 1, block, leaf)) return true;
  }
  return false;
}

std::int64_t DirtyMap::run_length(Page start, Index leaf, std::int64_t max) const {
  std::int64_t length = 0;
  Page page = start;
  while (true) {
    const int bit = bit_of(page);
    const std::uint64_t zeros = ~leaves_[leaf].words[static_cast<std::size_t>(word_of(page))] >> bit;
    const int ones = zeros == 0 ? 64 - bit : std::countr_zero(zeros);
    length += ones;
    page += ones;
    if (length >= max) return max;
    if (bit + ones < 64) return length;
    if ((page & ((1 << kLeafShift) - 1)) == 0 && (leaf = find(page >> kLeafShift)) == kNone) return length;
  }
}

PageRange DirtyMap::next_run(Page from, std::int64_t max) const {
  if (count_ == 0) return {};
  Page block = from >> kLeafShift;
  Index leaf = find(block);
  if (leaf != kNone) {
    int w = word_of(from);
    const Leaf& here = leaves_[leaf];
    std::uint64_t word = here.words[static_cast<std::size_t>(w)] & from_bit(bit_of(from));
    if (word == 0 && w < 63) {
      const std::uint64_t later = here.summary & from_bit(w + 1);
      if (later != 0) word = here.words[static_cast<std::size_t>(w = std::countr_zero(later))];
    }
    if (word != 0) {
      const Page start = (block << kLeafShift) + w * 64 + std::countr_zero(word);
      return {start, run_length(start, leaf, max)};
    }
    ++block;
  }
  if ((block >> (6 * height_)) != 0 || !seek(root_, height_, block, leaf)) return {};
  const Leaf& found = leaves_[leaf];
  const int w = std::countr_zero(found.summary);
  const Page start =
      (block << kLeafShift) + w * 64 + std::countr_zero(found.words[static_cast<std::size_t>(w)]);
  return {start, run_length(start, leaf, max)};
}

bool DirtyMap::any(PageRange range) const {
  for (Page page = range.first; page < range.end();) {
    const Page block = page >> kLeafShift;
    const Index leaf = find(block);
    if (leaf == kNone) {
      page = (block + 1) << kLeafShift;
      continue;
    }
    const std::int64_t n = std::min<std::int64_t>(range.end() - page, 64 - bit_of(page));
    if ((leaves_[leaf].words[static_cast<std::size_t>(word_of(page))] & bits(bit_of(page), n)) != 0)
      return true;
    page += n;
  }
  return false;
}

std::uint32_t DirtyMap::oldest() const {
  std::uint32_t oldest = kNoStamp;
  for (const Leaf& leaf : leaves_)  // a free leaf's summary is zero
    for (std::uint64_t left = leaf.summary; left != 0; left &= left - 1)
      oldest = std::min(oldest, leaf.stamps[static_cast<std::size_t>(std::countr_zero(left))]);
  return oldest;
}

}  // namespace blkpath
