"""One function per architecture, from standardized pixels to features, made of block functions x -> x as in
keras.applications; ``build`` adds what all share.

Every model takes grey faces (n, h, w, 1) with values 0 to 255 (48x48 when served, smaller while training grows the
picture) and returns two sets of logits: ``emotion`` (n, 7), the original labels, and ``ferplus`` (n, 8), its votes.
"""

import inspect

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


def sized(inputs, side_px):
    """The faces at the side that the network sees: any if None, or resized to it (bilinear, as cv2.INTER_LINEAR)."""
    return layers.Resizing(side_px, side_px)(inputs) if side_px else inputs


def pooled(x, dropout):
    """The mean of each channel over all places, whatever the picture's size."""
    return layers.Dropout(dropout)(layers.GlobalAveragePooling2D()(x))


def conv_bn(x, filters, kernel_size=3, strides=1):
    x = layers.Conv2D(
        filters, kernel_size, strides=strides, padding="same", use_bias=False, kernel_initializer="he_normal"
    )(x)
    return layers.BatchNormalization(axis=channel_axis(), momentum=0.9, epsilon=1e-5)(x)


def squeeze_excite(x, ratio=8):
    """Channel attention (Hu et al. 2018, arXiv:1709.01507)."""
    filters = x.shape[channel_axis()]
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    gate = layers.Conv2D(max(8, filters // ratio), 1, activation="relu")(gate)
    gate = layers.Conv2D(filters, 1, activation="sigmoid")(gate)
    return layers.Multiply()([x, gate])


def residual_block(x, filters, strides=1, drop=0.0):
    """Basic residual block (He et al. 2016, arXiv:1512.03385) with squeeze-excitation and an average-pool shortcut.

    ``drop``: for how many of the training faces only the shortcut is used."""
    shortcut = x
    if strides > 1:
        shortcut = layers.AveragePooling2D(strides, padding="same")(shortcut)
    if shortcut.shape[channel_axis()] != filters:
        shortcut = conv_bn(shortcut, filters, kernel_size=1)
    x = layers.ReLU()(conv_bn(x, filters, strides=strides))
    x = squeeze_excite(conv_bn(x, filters))
    if drop:
        x = layers.Dropout(drop, noise_shape=(None, 1, 1, 1))(x)
    return layers.ReLU()(layers.Add()([x, shortcut]))


def resnet(x, widths=(24, 48, 128, 288), blocks=2, dropout=0.3, drop_path=0.0):
    """ResNet for small faces: ``blocks`` basic blocks at each of ``widths`` (channels); each width halves the picture.

    Wide where the picture is small: there channels cost the least time for what they can learn. ``drop_path``: stochastic
    depth (Huang et al. 2016, arXiv:1603.09382), how often the last block is left out in training, the first one never."""
    x = layers.ReLU()(conv_bn(x, widths[0]))
    for stage, width in enumerate(widths):
        for block in range(blocks):
            drop = drop_path * (stage * blocks + block) / max(1, len(widths) * blocks - 1)
            x = residual_block(x, width, strides=2 if stage > 0 and block == 0 else 1, drop=drop)
    return pooled(x, dropout)


def cnn(x, width=32, dropout=0.3):
    """Plain convolutions: four stages of two, ``width`` to 8x ``width`` channels, a maximum between stages."""
    for stage in range(4):
        if stage > 0:
            x = layers.MaxPooling2D()(x)
        for _ in range(2):
            x = layers.ReLU()(conv_bn(x, width * 2**stage))
    return pooled(x, dropout)


def vgg16(x, width=32, dropout=0.5):
    """VGG-16 (Simonyan & Zisserman 2015, arXiv:1409.1556), 64 channels in the paper, here ``width``; batch normalized.

    Of 32 to 48 px the five maxima leave one place, so the mean before the two dense layers (512 wide, not 4,096) is
    what the paper's flattening would be."""
    for stage, convolutions in enumerate((2, 2, 3, 3, 3)):
        for _ in range(convolutions):
            x = layers.ReLU()(conv_bn(x, width * min(2**stage, 8)))
        x = layers.MaxPooling2D()(x)
    x = layers.GlobalAveragePooling2D()(x)
    for _ in range(2):
        x = layers.Dropout(dropout)(layers.Dense(16 * width, activation="relu")(x))
    return x


def separable_block(x, filters, strides=1):
    """Depthwise, then pointwise convolution (MobileNet)."""
    x = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False, depthwise_initializer="he_normal")(x)
    x = layers.ReLU()(layers.BatchNormalization(axis=channel_axis(), momentum=0.9, epsilon=1e-5)(x))
    return layers.ReLU()(conv_bn(x, filters, kernel_size=1))


def mobilenet(x, width=16, dropout=0.3):
    """MobileNet V1 (Howard et al. 2017, arXiv:1704.04861), 32 channels in the paper, here ``width``.

    The paper's first stride is left out, so 48 px end as 3x3 and not as 2x2."""
    x = layers.ReLU()(conv_bn(x, width))
    for multiple, strides in ((2, 1), (4, 2), (4, 1), (8, 2), (8, 1), (16, 2), *((16, 1),) * 5, (32, 2), (32, 1)):
        x = separable_block(x, width * multiple, strides)
    return pooled(x, dropout)


def dense_block(x, convolutions, growth):
    """Each convolution sees all before it in the block (DenseNet-B: through a 1x1 convolution of 4x ``growth``)."""
    for _ in range(convolutions):
        new = conv_bn(x, 4 * growth, kernel_size=1)
        new = conv_bn(layers.ReLU()(new), growth)
        x = layers.Concatenate(axis=channel_axis())([x, layers.ReLU()(new)])
    return x


def densenet(x, growth=16, convolutions=(6, 8, 12, 8), dropout=0.3):
    """DenseNet-BC (Huang et al. 2017, arXiv:1608.06993): growth 32 in the paper, here ``growth``.

    Halves the picture once before the first block (the paper, for 224 px: twice). Normalized after each
    convolution, not before: that normalizes a feature once, not once for each convolution that reads it."""
    x = layers.ReLU()(conv_bn(x, 2 * growth, strides=2))
    for block, count in enumerate(convolutions):
        if block > 0:  # the transition halves channels and sides
            x = layers.ReLU()(conv_bn(x, x.shape[channel_axis()] // 2, kernel_size=1))
            x = layers.AveragePooling2D(2)(x)
        x = dense_block(x, count, growth)
    return pooled(x, dropout)


def feature_extraction_block(x, width):
    """FeatEx: 1x1 then 3x3 convolution beside a maximum then 1x1 convolution, joined (Burkert et al. 2015)."""
    wide = layers.ReLU()(conv_bn(x, round(1.5 * width), kernel_size=1))
    wide = layers.ReLU()(conv_bn(wide, round(3.25 * width)))
    narrow = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    narrow = layers.ReLU()(conv_bn(narrow, width, kernel_size=1))
    x = layers.Concatenate(axis=channel_axis())([wide, narrow])
    return layers.MaxPooling2D(3, strides=2, padding="same")(x)


def dexpression(x, width=64, dropout=0.3):
    """DeXpression (Burkert et al. 2015, arXiv:1509.05371) at its own width: 64, then 96, 208 and 64 per FeatEx block.

    Its 7x7 convolution has stride 1 for 48 px (2 for its 224 px), batch normalization instead of local response
    normalization, and a mean instead of flattening, so that it takes any size."""
    x = layers.ReLU()(conv_bn(x, width, kernel_size=7))
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    for _ in range(2):
        x = feature_extraction_block(x, width)
    return pooled(x, dropout)


def with_heads(inputs, features, name):
    """The two heads every network ends with; float32 whatever the compute type."""
    emotion = layers.Dense(len(EMOTIONS), name="emotion", dtype="float32")(features)
    ferplus = layers.Dense(len(FERPLUS_EMOTIONS), name="ferplus", dtype="float32")(features)
    return keras.Model(inputs, {"emotion": emotion, "ferplus": ferplus}, name=name)


ARCHITECTURES = {
    "resnet": resnet,
    "cnn": cnn,
    "mobilenet": mobilenet,
    "densenet": densenet,
    "dexpression": dexpression,
    "vgg16": vgg16,
}

# Per architecture with ImageNet weights: its keras.applications class, and (scale, offset) of red, green and blue that
# its weights were trained with.
IMAGENET = {
    "vgg16": ("VGG16", ((1, -123.68), (1, -116.779), (1, -103.939))),
    "mobilenet": ("MobileNet", ((1 / 127.5, -1),) * 3),
    "densenet": ("DenseNet121", ((1 / 58.395, -2.1179), (1 / 57.12, -2.0357), (1 / 57.375, -1.8044))),
}


def build_imagenet(arch, weights="imagenet", dropout=0.3, side_px=None):
    """The full keras.applications network with ImageNet weights, grey repeated to three colours, two new heads.

    ``weights=None`` builds the same without downloading them. Raises ValueError without internet, and for an
    architecture that keras.applications has no weights for."""
    if arch not in IMAGENET:
        raise ValueError(f"--weights imagenet is for {', '.join(IMAGENET)}. Received: --arch {arch}")
    application, colours = IMAGENET[arch]
    inputs = face_input()
    if application == "VGG16":  # its weights want blue first
        colours = colours[::-1]
    x = sized(inputs, side_px)
    x = layers.Concatenate(axis=channel_axis())([layers.Rescaling(scale, offset)(x) for scale, offset in colours])
    try:
        backbone = getattr(keras.applications, application)(include_top=False, weights=weights, input_tensor=x)
    except Exception as error:  # what keras.utils.get_file raises when the download fails
        raise ValueError(
            f"--weights imagenet downloads the weights of {application} and needs internet once. "
            f"Received: {str(error).splitlines()[0]}"
        ) from error
    return with_heads(inputs, pooled(backbone.output, dropout), name=arch)


def build(arch, side_px=None, **options):
    """The untrained model of an architecture named in ``ARCHITECTURES``; ``side_px``: first resizes faces to it."""
    if arch not in ARCHITECTURES:
        raise ValueError(f"arch must be one of {', '.join(ARCHITECTURES)}. Received: {arch!r}")
    inputs = face_input()
    x = layers.Rescaling(1 / PIXEL_STD, offset=-PIXEL_MEAN / PIXEL_STD)(sized(inputs, side_px))
    return with_heads(inputs, ARCHITECTURES[arch](x, **options), name=arch)


def options_of(arch):
    """The widths and the like that ``build`` uses, for the card."""
    _, *parameters = inspect.signature(ARCHITECTURES[arch]).parameters.values()
    return {parameter.name: parameter.default for parameter in parameters}
