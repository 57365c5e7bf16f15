"""One builder per architecture, from block functions x -> x, as in keras.applications.

Every model takes grey faces (n, h, w, 1) with values 0 to 255 (48x48 when served, smaller while training grows the
picture) and returns two sets of logits: ``emotion`` (n, 7), the original labels, and ``ferplus`` (n, 8), the crowd's votes.
"""

import keras
from keras import layers

from fer.records import EMOTIONS
from train.data import FERPLUS_EMOTIONS

# Mean and deviation of the FER-2013 training pixels (python -m train.data prints them).
PIXEL_MEAN, PIXEL_STD = 129.5, 65.0


def channel_axis():
    """Torch on a CPU trains 1.4 times faster with channels first; the weights fit either order."""
    return 1 if keras.config.image_data_format() == "channels_first" else -1


def face_input():
    return keras.Input((1, None, None) if channel_axis() == 1 else (None, None, 1), name="face")


def conv_bn(x, filters, kernel_size=3, strides=1):
    x = layers.Conv2D(filters, kernel_size, strides=strides, padding="same", use_bias=False,
                      kernel_initializer="he_normal")(x)
    return layers.BatchNormalization(axis=channel_axis(), momentum=0.9, epsilon=1e-5)(x)


def squeeze_excite(x, ratio=8):
    """Channel attention (Hu et al. 2018, arXiv:1709.01507)."""
    filters = x.shape[channel_axis()]
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    gate = layers.Conv2D(max(8, filters // ratio), 1, activation="relu")(gate)
    gate = layers.Conv2D(filters, 1, activation="sigmoid")(gate)
    return layers.Multiply()([x, gate])


def residual_block(x, filters, strides=1):
    """Basic residual block (He et al. 2016, arXiv:1512.03385) with squeeze-excitation and an average-pool shortcut."""
    shortcut = x
    if strides > 1:
        shortcut = layers.AveragePooling2D(strides, padding="same")(shortcut)
    if shortcut.shape[channel_axis()] != filters:
        shortcut = conv_bn(shortcut, filters, kernel_size=1)
    x = layers.ReLU()(conv_bn(x, filters, strides=strides))
    x = squeeze_excite(conv_bn(x, filters))
    return layers.ReLU()(layers.Add()([x, shortcut]))


def resnet(width=24, blocks=2, dropout=0.3):
    """ResNet for 48x48 faces: four stages of ``blocks`` basic blocks, ``width`` to 8x ``width`` channels."""
    inputs = face_input()
    x = layers.Rescaling(1 / PIXEL_STD, offset=-PIXEL_MEAN / PIXEL_STD)(inputs)
    x = layers.ReLU()(conv_bn(x, width))
    for stage in range(4):
        for block in range(blocks):
            x = residual_block(x, width * 2**stage, strides=2 if stage > 0 and block == 0 else 1)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout)(x)
    return with_heads(inputs, x, name="resnet")


def with_heads(inputs, features, name):
    """The two heads every architecture ends with; float32 whatever the compute type."""
    emotion = layers.Dense(len(EMOTIONS), name="emotion", dtype="float32")(features)
    ferplus = layers.Dense(len(FERPLUS_EMOTIONS), name="ferplus", dtype="float32")(features)
    return keras.Model(inputs, {"emotion": emotion, "ferplus": ferplus}, name=name)


ARCHITECTURES = {"resnet": resnet}


def build(arch, **options):
    """The untrained model of an architecture named in ``ARCHITECTURES``."""
    if arch not in ARCHITECTURES:
        raise ValueError(f"arch must be one of {', '.join(ARCHITECTURES)}. Received: {arch!r}")
    return ARCHITECTURES[arch](**options)
