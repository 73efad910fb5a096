"""Draw pictures of invented designs: small meshes, shaded and drawn from back to front, always the same."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import cos, pi, sin, sqrt

from PIL import Image, ImageDraw, ImageFilter

from fakes.thingiverse.things import FakeThing

WIDTH, HEIGHT, FINER = 480, 360, 2
_PIPS = [[(0.0, 0.0)], [(-0.5, -0.5), (0.5, 0.5)], [(-0.5, -0.5), (0.0, 0.0), (0.5, 0.5)]]
Point = tuple[float, float, float]
Face = tuple[list[Point], float]  # corners, and a brightness (1 is the plain color)

_LIGHT = (-0.45, -0.55, 0.70)
_COLORS = [
    "#e07a3f",
    "#3f8fb8",
    "#5aa469",
    "#c8553d",
    "#8d6cab",
    "#d9a441",
    "#4c9f9b",
    "#b4656f",
    "#6b7fb3",
    "#7c9a45",
]


def named(name: str, things: Mapping[int, FakeThing]) -> bytes | None:
    """The PNG for a design's ID, for `ID-VIEW` from another side, or for `maker-ID`; None if there's none."""
    if name.startswith("maker-") and name[6:].isdigit():
        return _avatar(int(name[6:]))
    number, _, view = name.partition("-")
    thing = things.get(int(number)) if number.isdigit() and (not view or view.isdigit()) else None
    return None if thing is None else _picture(thing.shape, thing.id, int(view or 1))


@lru_cache(maxsize=256)
def _picture(shape: str, seed: int, view: int = 1) -> bytes:
    chance = random.Random(seed)
    color = _rgb(chance.choice(_COLORS))
    image = _backdrop(color).copy()
    pen = ImageDraw.Draw(image)
    faces = _turned(_SHAPES[shape](chance), 0.5 + (view - 1) * 1.1)
    for corners, shade in sorted(faces, key=_nearness):
        pen.polygon([_project(p) for p in corners], fill=_shaded(color, corners, shade))
    return _png(image.reduce(FINER))


@lru_cache(maxsize=64)
def _avatar(seed: int) -> bytes:
    chance = random.Random(seed * 31)
    size = 128 * FINER
    image = Image.new("RGB", (size, size), _mixed(_rgb(chance.choice(_COLORS)), (255, 255, 255), 0.55))
    pen = ImageDraw.Draw(image)
    ink = _mixed(_rgb(chance.choice(_COLORS)), (30, 30, 40), 0.25)
    pen.ellipse((size * 0.30, size * 0.20, size * 0.70, size * 0.60), fill=ink)
    pen.ellipse((size * 0.14, size * 0.64, size * 0.86, size * 1.36), fill=ink)
    return _png(image.reduce(FINER))


@lru_cache(maxsize=len(_COLORS))
def _backdrop(color: tuple[int, int, int]) -> Image.Image:
    """A wall that gets darker downward, a floor, and a soft shadow."""
    top, bottom = _mixed(color, (250, 247, 242), 0.90), _mixed(color, (214, 205, 194), 0.80)
    column = Image.new("RGB", (1, 64))
    for y in range(64):
        column.putpixel((0, y), _mixed(top, bottom, 1 - y / 63))
    image = _stretched(column, (WIDTH * FINER, HEIGHT * FINER))
    shadow = Image.new("L", (160, 120), 0)
    ImageDraw.Draw(shadow).ellipse((36, 84, 127, 113), fill=120)
    mask = _stretched(shadow.filter(ImageFilter.GaussianBlur(5)), image.size)
    image.paste(Image.new("RGB", image.size, _mixed(color, (40, 34, 30), 0.2)), mask=mask)
    return image


# -- shapes: x to the right, y away from the viewer, z up; about two units wide, standing on z = 0


def _vase(chance: random.Random) -> list[Face]:
    flutes, twist, waist = chance.randint(5, 12), chance.uniform(-1.6, 1.6), chance.uniform(0.25, 0.45)

    def radius(turn: float, up: float) -> float:
        body = 0.62 + 0.28 * sin(pi * (up * 1.25 + 0.15)) - waist * (up > 0.6) * (up - 0.6)
        return body * (1 + 0.09 * cos(flutes * (turn + twist * up)))

    return _lathe(radius, tall=2.2, rings=32, spokes=80, hollow=True)


def _shade(chance: random.Random) -> list[Face]:
    ribs, flare = chance.randint(14, 26), chance.uniform(0.35, 0.6)

    def radius(turn: float, up: float) -> float:
        return (1.05 - flare * up) * (1 + 0.05 * cos(ribs * turn + 9 * up))

    return _lathe(radius, tall=1.6, rings=22, spokes=104, hollow=True)


def _planter(chance: random.Random) -> list[Face]:
    facets = chance.choice([6, 8, 10, 40])

    def radius(turn: float, up: float) -> float:
        if up < 0.12:
            return 1.05
        step = 2 * pi / facets
        return (0.72 + 0.25 * up) / cos((turn % step) - step / 2) * cos(step / 2)

    return _lathe(radius, tall=1.5, rings=16, spokes=80, hollow=True)


def _rook(chance: random.Random) -> list[Face]:
    slim = chance.uniform(0.30, 0.42)

    def radius(turn: float, up: float) -> float:
        if up < 0.10:
            return 0.80
        if up < 0.18:
            return 0.80 - (up - 0.10) * 3
        if up < 0.74:
            return slim + 0.30 * (0.74 - up) ** 1.5
        return 0.56 if up < 0.90 or int(turn * 6 / pi) % 2 else 0.44

    return _lathe(radius, tall=2.3, rings=50, spokes=48, hollow=False)


def _box(chance: random.Random) -> list[Face]:
    knurls = chance.choice([0, 24, 36])

    def radius(turn: float, up: float) -> float:
        lid = up > 0.66
        return (0.98 if lid else 0.92) * (1 + (0.025 * cos(knurls * turn) if lid and knurls else 0)) - 0.05 * (
            0.63 < up < 0.68
        )

    return _lathe(radius, tall=1.35, rings=28, spokes=72, hollow=False)


def _gear(chance: random.Random) -> list[Face]:
    faces: list[Face] = []
    for x, y, size in [(-0.45, 0.1, 0.85), (0.78, -0.28, 0.52)]:
        teeth = round(size * chance.choice([16, 20]))
        outer = [_gear_edge(i, teeth, size) for i in range(teeth * 4)]
        hole = [
            (0.32 * size * cos(2 * pi * i / len(outer)), 0.32 * size * sin(2 * pi * i / len(outer)))
            for i in range(len(outer))
        ]
        faces += _plate([(px + x, py + y) for px, py in outer], [(px + x, py + y) for px, py in hole], 0.0, 0.38)
    return faces


def _gear_edge(i: int, teeth: int, size: float) -> tuple[float, float]:
    far = size * (1.0 if i % 4 in {1, 2} else 0.82)
    turn = 2 * pi * (i + (0.2 if i % 4 in {0, 2} else -0.2)) / (teeth * 4)
    return far * cos(turn), far * sin(turn)


def _honeycomb(chance: random.Random) -> list[Face]:
    faces: list[Face] = []
    for row in range(-1, 2):
        for column in range(-1, 2):
            if (row, column) == (1, chance.choice([-1, 1])):
                continue
            x, y = 0.60 * column + 0.30 * (row % 2), 0.52 * row
            corners = [(cos(pi / 6 + pi / 3 * i), sin(pi / 6 + pi / 3 * i)) for i in range(6)]
            outer = [(x + 0.345 * cx, y + 0.345 * cy) for cx, cy in corners]
            inner = [(x + 0.27 * cx, y + 0.27 * cy) for cx, cy in corners]
            faces += _plate(outer, inner, 0.0, chance.choice([0.5, 0.7, 0.95]))
    return faces


def _clip(chance: random.Random) -> list[Face]:
    gap, thick = chance.uniform(0.5, 0.9), chance.uniform(0.16, 0.24)
    turns = [gap / 2 + (2 * pi - gap) * i / 48 for i in range(49)]
    ring = [(0.85 * cos(t), 0.85 * sin(t)) for t in turns]
    inside = [((0.85 - thick) * cos(t), (0.85 - thick) * sin(t)) for t in turns]
    return _strip(ring, inside, 0.0, 0.7)


def _mandala(chance: random.Random) -> list[Face]:
    petals = chance.choice([6, 8, 10, 12])
    faces: list[Face] = []
    for ring, (near, far) in enumerate([(0.0, 0.34), (0.42, 0.72), (0.80, 1.12)]):
        count = 40 if ring == 0 else 120
        wave = [0.07 * cos(petals * 2 * pi * i / count + ring * pi) for i in range(count)]
        outer = [((far + w) * cos(2 * pi * i / count), (far + w) * sin(2 * pi * i / count)) for i, w in enumerate(wave)]
        inner = [
            ((near + w / 2) * cos(2 * pi * i / count), (near + w / 2) * sin(2 * pi * i / count))
            for i, w in enumerate(wave)
        ]
        faces += _plate(outer, inner, 0.0, 0.30 - 0.07 * ring)
    return faces


def _terrain(chance: random.Random) -> list[Face]:
    peaks = [(chance.uniform(-0.7, 0.7), chance.uniform(-0.7, 0.7), chance.uniform(0.35, 1.1)) for _ in range(5)]
    bumps = [[chance.uniform(-0.05, 0.05) for _ in range(27)] for _ in range(27)]

    def height(i: int, j: int) -> float:
        x, y = i / 13 - 1, j / 13 - 1
        return 0.12 + bumps[i][j] + max(h * max(0.0, 1 - 1.6 * sqrt((x - a) ** 2 + (y - b) ** 2)) for a, b, h in peaks)

    grid = [[(i / 13 - 1, j / 13 - 1, height(i, j)) for j in range(27)] for i in range(27)]
    faces: list[Face] = []
    for i in range(26):
        for j in range(26):
            a, b, c, d = grid[i][j], grid[i + 1][j], grid[i + 1][j + 1], grid[i][j + 1]
            snow = 1.35 if (a[2] + c[2]) / 2 > 0.75 else 1.0
            faces += [([a, b, c], snow), ([a, c, d], snow)]
    for i in range(26):
        for edge in ([grid[i][0], grid[i + 1][0]], [grid[26][i], grid[26][i + 1]]):
            (ax, ay, az), (bx, by, bz) = edge
            faces.append(([(ax, ay, 0), (bx, by, 0), (bx, by, bz), (ax, ay, az)], 0.8))
    return faces


def _dice(chance: random.Random) -> list[Face]:
    faces: list[Face] = []
    for x, y, size in [(-0.45, 0.15, 0.55), (0.62, -0.35, 0.42)]:
        lo, hi = -size, size
        cube = [(x + sx, y + sy, sz + size) for sx in (lo, hi) for sy in (lo, hi) for sz in (lo, hi)]
        sides = [(0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (1, 3, 7, 5)]
        faces += [([cube[i] for i in side], 1.0) for side in sides]
        for u, v in chance.choice(_PIPS):
            rim = [(u + 0.17 * cos(t / 4 * pi), v + 0.17 * sin(t / 4 * pi)) for t in range(8)]
            faces.append(([(x + a * size, y + b * size, 2 * size + 0.002) for a, b in rim], 0.35))
            faces.append(([(x + a * size, y - size - 0.002, size + b * size) for a, b in rim], 0.35))
    return faces


def _ring(chance: random.Random) -> list[Face]:
    twists, lobes = chance.choice([2, 3, 5]), chance.choice([3, 4])
    grid: list[list[Point]] = []
    for i in range(97):
        turn = 2 * pi * i / 96
        row: list[Point] = []
        for j in range(25):
            around = 2 * pi * j / 24
            thick = 0.24 * (1 + 0.28 * cos(lobes * around + twists * turn))
            far = 0.82 + thick * cos(around)
            row.append((far * cos(turn), thick * sin(around) * 1.1, 1.12 + far * sin(turn)))
        grid.append(row)
    return _quads(grid)


_SHAPES: dict[str, Callable[[random.Random], list[Face]]] = {
    "vase": _vase,
    "shade": _shade,
    "planter": _planter,
    "rook": _rook,
    "box": _box,
    "gear": _gear,
    "honeycomb": _honeycomb,
    "clip": _clip,
    "mandala": _mandala,
    "terrain": _terrain,
    "dice": _dice,
    "ring": _ring,
}


def _lathe(
    radius: Callable[[float, float], float], *, tall: float, rings: int, spokes: int, hollow: bool
) -> list[Face]:
    def point(i: int, j: int) -> Point:
        turn, up = 2 * pi * j / spokes, i / rings
        far = radius(turn, up)
        return far * cos(turn), far * sin(turn), up * tall

    grid = [[point(i, j) for j in range(spokes + 1)] for i in range(rings + 1)]
    faces = _quads(grid)
    if hollow:
        return faces
    return [*faces, (grid[-1][:-1], 1.0)]


def _quads(grid: list[list[Point]]) -> list[Face]:
    return [
        ([grid[i][j], grid[i][j + 1], grid[i + 1][j + 1], grid[i + 1][j]], 1.0)
        for i in range(len(grid) - 1)
        for j in range(len(grid[0]) - 1)
    ]


def _plate(outer: list[tuple[float, float]], inner: list[tuple[float, float]], low: float, high: float) -> list[Face]:
    return _strip([*outer, outer[0]], [*inner, inner[0]], low, high)


def _strip(outer: list[tuple[float, float]], inner: list[tuple[float, float]], low: float, high: float) -> list[Face]:
    faces: list[Face] = []
    for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(outer, outer[1:], inner[1:], inner, strict=False):
        faces.append(([(ax, ay, low), (bx, by, low), (bx, by, high), (ax, ay, high)], 0.92))
        faces.append(([(dx, dy, low), (cx, cy, low), (cx, cy, high), (dx, dy, high)], 0.70))
        faces.append(([(ax, ay, high), (bx, by, high), (cx, cy, high), (dx, dy, high)], 1.06))
    return faces


def _turned(faces: list[Face], angle: float) -> list[Face]:
    cosine, sine = cos(angle), sin(angle)
    return [([(x * cosine - y * sine, x * sine + y * cosine, z) for x, y, z in corners], own) for corners, own in faces]


def _nearness(face: Face) -> float:
    """A sort key: faces further away are drawn first, and then lower ones."""
    corners, _ = face
    return 0.001 * max(z for _, _, z in corners) - sum(y for _, y, _ in corners) / len(corners)


def _project(point: Point) -> tuple[float, float]:
    x, y, z = point
    scale = 0.24 * WIDTH * FINER
    return WIDTH * FINER / 2 + x * scale, HEIGHT * FINER * 0.80 - (z * 0.88 + y * 0.46) * scale


def _shaded(color: tuple[int, int, int], corners: list[Point], shade: float) -> tuple[int, int, int]:
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = corners[0], corners[1], corners[2]
    ux, uy, uz, vx, vy, vz = bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    length = sqrt(nx * nx + ny * ny + nz * nz) or 1.0
    if ny > 0.46 * nz:  # facing away: show the other side
        nx, ny, nz = -nx, -ny, -nz
    lit = max(0.0, (nx * _LIGHT[0] + ny * _LIGHT[1] + nz * _LIGHT[2]) / length)
    bright = (0.42 + 0.66 * lit) * shade
    gleam = max(0.0, lit - 0.80) * 1.4
    red, green, blue = (min(255, round(part * bright + 255 * gleam * 0.35)) for part in color)
    return red, green, blue


def _rgb(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _mixed(one: tuple[int, int, int], other: tuple[int, int, int], part: float) -> tuple[int, int, int]:
    """Mix `part` of `other` into `one`."""
    red, green, blue = (round(a * (1 - part) + b * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _stretched(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.resize(size, Image.Resampling.BILINEAR)  # pyright: ignore[reportUnknownMemberType]


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=4)
    return buffer.getvalue()
