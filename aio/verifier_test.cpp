#include "aio/verifier.hpp"

#include <gmock/gmock.h>

namespace blkpath {
namespace {

constexpr std::int64_t kStart = 1 << 20;

/// A region of 16 units and the medium below it.
struct Medium {
  Verifier verifier{Bytes{kStart}, Bytes{16 * 512}, 7};
  std::string bytes = std::string(16 * 512, 'x');

  void write(std::int64_t unit, std::uint32_t units, bool lost = false) {
    std::string buffer(units * 512, '\0');
    verifier.stamp(buffer.data(), kStart + unit * 512, units * 512);
    if (!lost) bytes.replace(static_cast<std::size_t>(unit) * 512, buffer.size(), buffer);
  }
  std::string check() { return verifier.check(bytes.data(), kStart, 16 * 512); }
};

TEST(Verifier, WhatWasWrittenIsGood) {
  Medium m;
  m.write(2, 4);
  m.write(4, 1);
  EXPECT_EQ(m.check(), "");
  EXPECT_EQ(m.verifier.checked(), 4);
}

TEST(Verifier, ADamagedByteIsFound) {
  Medium m;
  m.write(0, 2);
  m.bytes[700] ^= 1;
  EXPECT_EQ(m.check(), "at 1049088: the data are damaged, their checksum is wrong");
  EXPECT_EQ(m.verifier.bad(), 1);
}

TEST(Verifier, ALostWriteIsFound) {
  Medium m;
  m.write(0, 1);
  m.write(0, 1, true);
  EXPECT_EQ(m.check(), "at 1048576: write 2 of this run was lost, write 1 stands there");
}

TEST(Verifier, AMisdirectedWriteIsFound) {
  Medium m;
  m.write(0, 2);
  m.bytes.replace(512, 512, m.bytes.substr(0, 512));
  EXPECT_EQ(m.check(), "at 1049088: data of offset 1048576 stand there");
}

TEST(Verifier, AnEarlierRunsDataAreFound) {
  Medium m;
  Verifier earlier(Bytes{kStart}, Bytes{16 * 512}, 8);
  m.write(0, 1);
  earlier.stamp(m.bytes.data(), kStart, 512);
  EXPECT_EQ(m.check(), "at 1048576: write 1 of this run was lost, an earlier run's data stand there");
}

TEST(Verifier, WhatAFailedWriteLeftIsNotJudged) {
  Medium m;
  m.write(0, 4, true);
  m.verifier.forget(kStart, 4 * 512, 700);  // one unit and a part got through
  EXPECT_EQ(m.check(), "at 1048576: none of the data that were written stand there");
  EXPECT_EQ(m.verifier.bad(), 1);
}

TEST(Verifier, StretchesCoverWhatWasWritten) {
  Medium m;
  m.write(2, 4);
  m.write(8, 1);
  const auto first = m.verifier.next_written(kStart, 1024);
  EXPECT_EQ(first.offset, kStart + 2 * 512);
  EXPECT_EQ(first.length, 1024u);
  const auto third = m.verifier.next_written(kStart + 6 * 512, 4096);
  EXPECT_EQ(third.offset, kStart + 8 * 512);
  EXPECT_EQ(third.length, 512u);
  EXPECT_EQ(m.verifier.next_written(kStart + 9 * 512, 4096).length, 0u);
}

}  // namespace
}  // namespace blkpath
