"""Poses smoothed over frames: a Rauch, Tung and Striebel smoother of position and velocity about each raw pose.

H. E. Rauch, F. Tung, C. T. Striebel, AIAA Journal 3(8), 1965. Turns are taken as rotation vectors from the pose in the
middle of the sequence, unwrapped from frame to frame.
"""

from __future__ import annotations

import numpy as np

from .body import Body
from .poses import motion_between, moved
from .track import Track

LEAST_NOISE = (np.radians(0.15), 0.08)  # of a raw pose, rad and mm; chosen: a third of the jitter seen on real knees
LEAST_DRIVE = 1.0  # of the motion, times the noise: less would cut off what turns round within a few frames; chosen


def smooth(track: Track, bodies: tuple[Body, ...]) -> None:
    """Fill ``track.smoothed``, frames that are not trusted bridged by their neighbours'; raw poses stay as they are."""
    frames = sorted(track.frames)
    track.smoothed = {frame: {} for frame in frames}
    for body in bodies:
        known = [frame for frame in frames if track.frames[frame][body.name].trusted]
        if not known:
            continue
        reference = track.frames[known[len(known) // 2]][body.name].pose
        offsets = np.array([motion_between(reference, track.frames[f][body.name].pose, body.center) for f in known])
        offsets[:, :3] = _unwrapped(offsets[:, :3])
        times = np.array(known, dtype=np.float64)
        for frame, offset in zip(frames, _smoothed(times, offsets, np.array(frames, dtype=np.float64)), strict=True):
            track.smoothed[frame][body.name] = moved(reference, body.center, offset)


def _unwrapped(vectors: np.ndarray) -> np.ndarray:
    """Rotation vectors (N, 3) without jumps of a whole turn."""
    result = vectors.copy()
    for number in range(1, len(result)):
        angle = float(np.linalg.norm(result[number]))
        if angle < 1e-9:
            continue
        axis = result[number] / angle
        options = [axis * (angle + 2 * np.pi * turns) for turns in (-1, 0, 1)]
        result[number] = min(options, key=lambda option: float(np.linalg.norm(option - result[number - 1])))
    return result


def _smoothed(times: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(M, 6) at the wanted times from values (N, 6): a constant-velocity model with the acceleration that is seen."""
    noise = np.repeat(np.square(LEAST_NOISE), 3)
    acceleration = noise.copy()
    if len(times) > 4:
        second = np.diff(values, n=2, axis=0)
        # Second differences hold noise six times over, and the motion's own acceleration.
        acceleration = np.maximum((second**2).mean(axis=0) - 6 * noise, LEAST_DRIVE * noise)
    return np.stack([_line(times, values[:, k], wanted, noise[k], acceleration[k]) for k in range(values.shape[1])], axis=1)


def _line(times: np.ndarray, values: np.ndarray, wanted: np.ndarray, noise: float, acceleration: float) -> np.ndarray:
    """One coordinate: filter forwards, smooth backwards."""
    measured = dict(zip(times.tolist(), values.tolist(), strict=True))
    every = np.unique(np.concatenate([times, wanted]))
    state, covariance = np.array([values[0], 0.0]), np.diag([noise, 100 * max(acceleration, noise)])
    filtered, predicted, steps = [], [], []
    for number, time in enumerate(every):
        gap = 0.0 if number == 0 else time - every[number - 1]
        step = np.array([[1.0, gap], [0.0, 1.0]])
        drive = acceleration * np.array([[gap**3 / 3, gap**2 / 2], [gap**2 / 2, gap]])
        state, covariance = step @ state, step @ covariance @ step.T + drive
        predicted.append((state, covariance))
        steps.append(step)
        if time in measured:
            gain = covariance[:, 0] / (covariance[0, 0] + noise)
            state = state + gain * (measured[time] - state[0])
            covariance = covariance - np.outer(gain, covariance[0])
        filtered.append((state, covariance))
    smoothed = [filtered[-1][0]]
    for number in range(len(every) - 2, -1, -1):
        own, spread = filtered[number]
        ahead, ahead_spread = predicted[number + 1]
        gain = spread @ steps[number + 1].T @ np.linalg.pinv(ahead_spread)
        smoothed.append(own + gain @ (smoothed[-1] - ahead))
    line = np.array([state[0] for state in smoothed[::-1]])
    return line[np.searchsorted(every, wanted)]
