#include "model/trace_remap.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace blkpath {
namespace {

constexpr std::int64_t kMi = 1 << 20;

TraceRemap remap(Remap kind, Bytes device, Bytes span = Bytes{0}, Bytes offset = Bytes{0}) {
  ReplaySpec spec;
  spec.remap = kind;
  spec.offset = offset;
  return {spec, device, span};
}

TEST(TraceRemap, WithoutRemapOffsetsStayAndMustFit) {
  const TraceRemap r = remap(Remap::none, 1_MiB);
  EXPECT_EQ(r.place(kMi - 4096, 4096), kMi - 4096);
  EXPECT_EQ(r.place(kMi - 4095, 4096), std::nullopt);
  EXPECT_EQ(r.place(0, 2 * kMi), std::nullopt);
  EXPECT_EQ(r.place(513, 1), 513);
}
TEST(TraceRemap, OffsetIsAddedAndTakesRoom) {
  const TraceRemap r = remap(Remap::none, 1_MiB, 0_B, 4_KiB);
  EXPECT_EQ(r.place(0, 512), 4096);
  EXPECT_EQ(r.place(kMi - 4096 - 512, 512), kMi - 512);
  EXPECT_EQ(r.place(kMi - 4096, 512), std::nullopt);
  EXPECT_THROW(remap(Remap::none, 1_MiB, 0_B, 1_MiB), std::invalid_argument);
}
TEST(TraceRemap, WrappingIsModuloWholeMebibytes) {
  const TraceRemap r = remap(Remap::wrap, 10_MiB + 512_B);
  EXPECT_EQ(r.place(10 * kMi - 512, 512), 10 * kMi - 512);
  EXPECT_EQ(r.place(10 * kMi, 512), 0);
  EXPECT_EQ(r.place(25 * kMi + 1536, 512), 5 * kMi + 1536);
}
TEST(TraceRemap, WhatWouldCrossTheEndIsMovedInFrontOfItKeepingItsAlignment) {
  const TraceRemap r = remap(Remap::wrap, 10_MiB);
  EXPECT_EQ(r.place(20 * kMi - 4096, 16384), 10 * kMi - 16384);
  EXPECT_EQ(r.place(20 * kMi - 512, 1024), 10 * kMi - 1024);
  EXPECT_EQ(r.place(20 * kMi - 1, 3), 10 * kMi - 3);
  EXPECT_EQ(remap(Remap::wrap, 10_MiB + 512_B).place(10 * kMi - 4096, 8192), 10 * kMi - 8192);
}
TEST(TraceRemap, ScalingIsLinearFromTheSpanAndKeepsAlignment) {
  const TraceRemap half = remap(Remap::scale, 1_MiB, 2_MiB);
  EXPECT_EQ(half.place(kMi, 4096), kMi / 2);
  EXPECT_EQ(half.place(kMi + 4096, 4096), kMi / 2);  // 514 KiB + 0, down to 4 KiB
  EXPECT_EQ(half.place(kMi + 512, 512), kMi / 2);
  EXPECT_EQ(half.place(kMi + 1024, 512), kMi / 2 + 512);
  EXPECT_EQ(half.place(2 * kMi - 4096, 4096), kMi - 4096);  // not 1,022 KiB, which would be 4 KiB lower
  const TraceRemap up = remap(Remap::scale, 3_MiB, 2_MiB);
  EXPECT_EQ(up.place(kMi, 4096), 3 * kMi / 2);
  EXPECT_THROW(remap(Remap::scale, 1_MiB), std::invalid_argument);
}
TEST(TraceRemap, ScalingDoesNotOverflowOnLargeDevices) {
  const std::int64_t ti = std::int64_t{1} << 40;
  EXPECT_EQ(remap(Remap::scale, Bytes{100 * ti}, Bytes{200 * ti}).place(150 * ti, 4096), 75 * ti);
}
TEST(TraceRemap, DividesAndAlignsAsFioDoes) {
  ReplaySpec spec;
  spec.divisor = 3;
  spec.alignment = 4096;
  EXPECT_EQ(TraceRemap(spec, 1_MiB, 0_B).place(3 * 8191, 512), 4096);
}

}  // namespace
}  // namespace blkpath
