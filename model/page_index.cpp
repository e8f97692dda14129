#include "model/page_index.hpp"

#include <algorithm>
#include <bit>

namespace blkpath {

namespace {
constexpr std::size_t kSmallestTable = 64;
/// Pages looked at in search of one that may leave.
constexpr std::int64_t kLooks = 32;
}  // namespace

PageIndex::PageIndex(const Options& options)
    : capacity_(options.capacity),
      ratio_(options.inactive_ratio),
      refaults_(options.refaults),
      groups_(1),
      links_(4) {
  links_[kActiveHead] = {kActiveHead, kActiveHead};
  grow();
}

PageIndex::GroupId PageIndex::look_up(Page key) const {
  const std::uint32_t tag = tag_of(key);
  for (std::uint32_t i = home(tag);; i = (i + 1) & mask_) {
    const Cell cell = table_[i];
    if (cell.group == kNoGroup) return kNoGroup;
    if (cell.tag != tag || groups_[cell.group].key != key) continue;
    finger_key_ = key;
    return finger_ = cell.group;
  }
}

PageIndex::GroupId PageIndex::make_group(Page key) {
  if (2 * static_cast<std::size_t>(++used_groups_) > table_.size()) grow();
  GroupId g = free_;
  if (g != kNoGroup) {
    free_ = links_[g << kGroupShift].next;
  } else {
    g = static_cast<GroupId>(groups_.size());
    groups_.emplace_back();
    links_.resize(links_.size() + 4);
  }
  groups_[g].key = key;
  const std::uint32_t tag = tag_of(key);
  std::uint32_t i = home(tag);
  while (table_[i].group != kNoGroup) i = (i + 1) & mask_;
  table_[i] = {tag, g};
  finger_key_ = key;
  return finger_ = g;
}

/// Takes an empty group out of the table and closes the gap, so that no tombstones gather.
void PageIndex::drop_group(GroupId g) {
  std::uint32_t gap = home(tag_of(groups_[g].key));
  while (table_[gap].group != g) gap = (gap + 1) & mask_;
  for (std::uint32_t i = (gap + 1) & mask_; table_[i].group != kNoGroup; i = (i + 1) & mask_) {
    if (((i - home(table_[i].tag)) & mask_) < ((i - gap) & mask_)) continue;
    table_[gap] = table_[i];
    gap = i;
  }
  table_[gap].group = kNoGroup;
  if (finger_ == g) finger_key_ = -1;
  groups_[g].key = -1;
  links_[g << kGroupShift].next = free_;
  free_ = g;
  --used_groups_;
}

/// Puts the pages of mask `pages` on the inactive list, in order.
void PageIndex::add(GroupId g, unsigned pages) {
  Group& group = groups_[g];
  group.present |= static_cast<std::uint8_t>(pages);
  group.referenced &= static_cast<std::uint8_t>(~pages);
  const bool look = !ghosts_.empty();
  Frame front = links_[kInactiveHead].next;
  for (; pages != 0; pages &= pages - 1) {
    const Frame f = g << kGroupShift | static_cast<Frame>(std::countr_zero(pages));
    ++size_;
    if (look && refault(g, f)) continue;
    links_[f].next = front;
    links_[front].prev = f;
    front = f;
  }
  links_[front].prev = kInactiveHead;
  links_[kInactiveHead].next = front;
}

/// A page that came back before as many had left or been promoted as there are active ones is activated.
bool PageIndex::refault(GroupId g, Frame f) {
  const Ghost ghost = ghost_of(page(f));
  if (ghost.page != page(f) || age_ - ghost.age > static_cast<std::uint32_t>(active_)) return false;
  groups_[g].active |= bit(f);
  ++active_;
  ++age_;
  link(kActiveHead, f);
  return true;
}

void PageIndex::remember(Page page) {
  if (ghosts_.empty()) {
    ghosts_.resize(std::bit_ceil(static_cast<std::size_t>(capacity_)));
    ghost_mask_ = ghosts_.size() - 1;
  }
  ghost_of(page) = {page, age_++};
}

PageIndex::Frame PageIndex::insert(Page page) {
  if (size_ >= capacity_) make_room(1);
  GroupId g = find_group(page >> kGroupShift);
  if (g == kNoGroup) g = make_group(page >> kGroupShift);
  const Frame f = g << kGroupShift | static_cast<Frame>(page & 3);
  add(g, bit(page));
  return f;
}

void PageIndex::write(PageRange range, bool touched) {
  for (Page page = range.first; page < range.end();) {
    const Page key = page >> kGroupShift;
    const std::int64_t n = std::min<std::int64_t>(range.end() - page, 4 - (page & 3));
    const auto mask = static_cast<std::uint8_t>(((1u << n) - 1) << (page & 3));
    GroupId g = find_group(key);
    if ((mask & ~groups_[g].present) != 0) {
      if (size_ + n > capacity_) {
        make_room(n);
        g = find_group(key);  // its other pages may have left
      }
      if (g == kNoGroup) g = make_group(key);
      add(g, mask & ~groups_[g].present & 15u);
    }
    groups_[g].pinned |= mask;
    if (touched) {
      const unsigned again = mask & groups_[g].referenced;
      groups_[g].referenced |= mask;
      for (unsigned left = again; left != 0; left &= left - 1)
        touch(g << kGroupShift | static_cast<Frame>(std::countr_zero(left)));
    }
    page += n;
  }
}

void PageIndex::unpin(PageRange range) {
  for (Page page = range.first; page < range.end();) {
    const std::int64_t n = std::min<std::int64_t>(range.end() - page, 4 - (page & 3));
    const auto mask = static_cast<std::uint8_t>(((1u << n) - 1) << (page & 3));
    groups_[find_group(page >> kGroupShift)].pinned &= static_cast<std::uint8_t>(~mask);
    page += n;
  }
}

void PageIndex::touch(Frame frame) {
  Group& g = groups_[frame >> kGroupShift];
  const std::uint8_t mask = bit(frame);
  if ((g.referenced & mask) == 0) {
    g.referenced |= mask;
  } else if ((g.active & mask) == 0) {
    unlink(frame);
    g.referenced &= static_cast<std::uint8_t>(~mask);
    g.active |= mask;
    ++active_;
    ++age_;
    link(kActiveHead, frame);
  }
}

void PageIndex::balance() {
  while (inactive_size() * ratio_ < active_) {
    const Frame f = links_[kActiveHead].prev;
    Group& g = groups_[f >> kGroupShift];
    unlink(f);
    g.active &= static_cast<std::uint8_t>(~bit(f));
    g.referenced &= static_cast<std::uint8_t>(~bit(f));
    --active_;
    link(kInactiveHead, f);
  }
}

void PageIndex::make_room(std::int64_t pages) {
  balance();
  std::int64_t excess = size_ + pages - capacity_;
  for (std::int64_t looks = kLooks + pages; looks > 0 && excess > 0; --looks) {
    const Frame oldest = links_[kInactiveHead].prev;
    if (oldest == kInactiveHead) return;
    Group& g = groups_[oldest >> kGroupShift];
    const Frame before = links_[oldest].prev;
    links_[before].next = kInactiveHead;
    links_[kInactiveHead].prev = before;
    if (((g.pinned | g.filling) & bit(oldest)) != 0) {
      link(kInactiveHead, oldest);
      continue;
    }
    if (refaults_) remember(page(oldest));
    g.present &= static_cast<std::uint8_t>(~bit(oldest));
    --size_;
    --excess;
    if (g.present == 0) drop_group(oldest >> kGroupShift);
  }
}

void PageIndex::erase(Frame frame) {
  const GroupId g = frame >> kGroupShift;
  Group& group = groups_[g];
  const auto keep = static_cast<std::uint8_t>(~bit(frame));
  unlink(frame);
  if ((group.active & ~keep) != 0) --active_;
  --size_;
  group.present &= keep;
  group.active &= keep;
  group.filling &= keep;
  group.pinned &= keep;
  if (group.present == 0) drop_group(g);
}

void PageIndex::grow() {
  const std::vector<Cell> old = std::move(table_);
  const std::size_t size = old.empty() ? kSmallestTable : 2 * old.size();
  table_.assign(size, Cell{});
  mask_ = static_cast<std::uint32_t>(size - 1);
  shift_ = 32 - std::countr_zero(size);
  for (const Cell& cell : old) {
    if (cell.group == kNoGroup) continue;
    std::uint32_t i = home(cell.tag);
    while (table_[i].group != kNoGroup) i = (i + 1) & mask_;
    table_[i] = cell;
  }
}

}  // namespace blkpath
